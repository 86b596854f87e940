import type { ChatClient } from '@parley/client'
import type { RoomId } from '@parley/protocol'
import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useObservable } from '../chat.ts'
import { useShortcuts } from '../shell/shortcuts.ts'
import { Composer, type ComposerHandle } from './Composer.tsx'
import { PeoplePanel } from './PeoplePanel.tsx'
import { RoomHeader } from './RoomHeader.tsx'
import { RoomLoading } from './RoomLoading.tsx'
import styles from './RoomScreen.module.css'
import { ROOM_SHORTCUTS } from './room-shortcuts.ts'
import { mayEdit } from './row-actions.ts'
import { Timeline, type TimelineHandle } from './Timeline.tsx'
import { TypingLine } from './TypingLine.tsx'
import { useTalkView } from './talk-view.ts'
import { useNews } from './useNews.ts'
import { usePeopleShown } from './usePeopleShown.ts'

export interface RoomScreenProps {
  readonly chat: ChatClient
  readonly roomId: RoomId
}

/** A room: who is here, what is said, and where one says something. Why it can not be shown is its parent's to say. */
export function RoomScreen({ chat, roomId }: RoomScreenProps) {
  const handle = chat.room(roomId)
  const view = useObservable(handle.view)
  const [editing, setEditing] = useState<string>()
  const composer = useRef<ComposerHandle>(null)
  const timeline = useRef<TimelineHandle>(null)
  const screen = useRef<HTMLDivElement>(null)
  const people = usePeopleShown(screen)
  const focusComposer = useCallback(() => composer.current?.focus(), [])
  const talk = useTalkView(view)

  useLayoutEffect(() => {
    handle.open()
    return () => handle.close()
  }, [handle])
  useNews(view)
  useShortcuts(ROOM_SHORTCUTS)

  const editLastOwn = (): boolean => {
    const row = view?.rows.findLast(mayEdit)
    if (row) setEditing(row.key)
    return row !== undefined
  }

  return (
    <div ref={screen} class={styles.room} data-people={people.isShown ? '' : undefined}>
      <RoomHeader chat={chat} roomId={roomId} view={view} people={people} />
      <div class={styles.talk}>
        {talk ? (
          <Timeline
            chat={chat}
            handle={handle}
            view={talk}
            editing={editing}
            onEdit={setEditing}
            focusComposer={focusComposer}
            timelineRef={timeline}
          />
        ) : (
          <RoomLoading />
        )}
        <TypingLine typing={view?.typing} />
        <Composer
          chat={chat}
          handle={handle}
          roomId={roomId}
          roomName={view?.room?.name}
          editLastOwn={editLastOwn}
          onSent={() => timeline.current?.jumpToLatest()}
          composerRef={composer}
        />
      </div>
      {people.isShown && view && (
        <PeoplePanel
          chat={chat}
          occupants={view.occupants}
          ownerId={view.room?.ownerId}
          memberCount={view.memberCount}
          isLayer={people.isLayer}
          onClose={people.hide}
        />
      )}
    </div>
  )
}
