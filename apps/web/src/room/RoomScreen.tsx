import { type ChatClient, nameOf } from '@parley/client'
import type { RoomId } from '@parley/protocol'
import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useObservable } from '../chat.ts'
import { PersonCards } from '../people/PersonCards.tsx'
import { mayModerate } from '../people/rank.ts'
import { useShortcuts } from '../shell/shortcuts.ts'
import { Composer, type ComposerHandle } from './Composer.tsx'
import { ComposerNotice } from './ComposerNotice.tsx'
import { PeoplePanel } from './PeoplePanel.tsx'
import { postingOf, slowUntil } from './posting.ts'
import { RoomHeader } from './RoomHeader.tsx'
import { RoomLoading } from './RoomLoading.tsx'
import styles from './RoomScreen.module.css'
import { ROOM_SHORTCUTS } from './room-shortcuts.ts'
import { mayEdit, type RowRights } from './row-actions.ts'
import { Timeline, type TimelineHandle } from './Timeline.tsx'
import { TypingLine } from './TypingLine.tsx'
import { useTalkView } from './talk-view.ts'
import { useIsBefore } from './useIsBefore.ts'
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

  const blocked = useObservable(chat.blocked)
  const isMuted = useIsBefore(view?.mutedUntil)
  const role = view?.role ?? 'member'
  const rights = useMemo((): RowRights => ({ mayModerate: mayModerate(role), isMuted }), [role, isMuted])
  const peer = view?.peer
  const isDirect = view?.room?.kind === 'direct'
  const posting = view && postingOf(view, peer !== undefined && blocked.has(peer.id), Date.now())

  const editLastOwn = (): boolean => {
    const row = view?.rows.findLast((one) => mayEdit(one, rights))
    if (row) setEditing(row.key)
    return row !== undefined
  }

  return (
    <div ref={screen} class={styles.room} data-people={people.isShown && !isDirect ? '' : undefined}>
      <RoomHeader chat={chat} roomId={roomId} view={view} people={people} />
      <div class={styles.talk}>
        {talk ? (
          <Timeline
            chat={chat}
            handle={handle}
            view={talk}
            rights={rights}
            editing={editing}
            onEdit={setEditing}
            focusComposer={focusComposer}
            timelineRef={timeline}
          />
        ) : (
          <RoomLoading />
        )}
        <TypingLine typing={view?.typing} />
        {view && posting && posting.kind !== 'free' ? (
          <ComposerNotice chat={chat} posting={posting} peer={peer} />
        ) : (
          <Composer
            chat={chat}
            handle={handle}
            roomId={roomId}
            roomName={peer ? nameOf(peer) : view?.room?.name}
            slowSeconds={rights.mayModerate ? 0 : (view?.room?.slowSeconds ?? 0)}
            waitUntil={view && slowUntil(view, Date.now())}
            editLastOwn={editLastOwn}
            onSent={() => timeline.current?.jumpToLatest()}
            composerRef={composer}
          />
        )}
      </div>
      {people.isShown && view && !isDirect && (
        <PeoplePanel
          chat={chat}
          roomId={roomId}
          occupants={view.occupants}
          ownerId={view.room?.ownerId}
          memberCount={view.memberCount}
          isLayer={people.isLayer}
          onClose={people.hide}
        />
      )}
      <PersonCards chat={chat} room={view?.room} role={role} />
    </div>
  )
}
