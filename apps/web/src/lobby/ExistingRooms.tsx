import type { LobbyRoom } from '@parley/protocol'
import { chat, useObservable } from '../chat.ts'
import { Button } from '../kit/Button.tsx'
import { EmptyState } from '../kit/EmptyState.tsx'
import { HashIcon } from '../kit/icons.tsx'
import { PresenceDot } from '../kit/PresenceDot.tsx'
import { roomPath } from '../routes.ts'
import { showLayer } from '../shell/layers.ts'
import styles from './ExistingRooms.module.css'
import { LastActivity } from './LastActivity.tsx'
import { Pause } from './Pause.tsx'
import { RoomSection } from './RoomSection.tsx'
import { hereWords } from './room-words.ts'
import type { RoomList } from './useLobby.ts'

export interface ExistingRoomsProps {
  readonly list: RoomList
  readonly isEmpty: boolean
  readonly isHidden: boolean
}

/** Every room that is listed, the active ones marked. */
export function ExistingRooms({ list, isEmpty, isHidden }: ExistingRoomsProps) {
  const mine = useObservable(chat.rooms)
  const myIds = new Set<string>(mine.map((room) => room.id))
  return (
    <RoomSection
      title="Existing rooms"
      list={list}
      isHidden={isHidden}
      growsByItself
      listClass={styles.rows}
      placeholder={{ count: 6, height: '3.75rem' }}
      renderRoom={(room) => <Row room={room} isMine={myIds.has(room.id)} />}
      empty={
        isEmpty ? (
          <EmptyState
            title="No rooms yet"
            level={3}
            action={
              <Button variant="primary" onClick={() => showLayer('new-room')}>
                Make the first one
              </Button>
            }
          >
            A room is a place to talk. Make one and send its address to the others.
          </EmptyState>
        ) : null
      }
    />
  )
}

function Row({ room, isMine }: { readonly room: LobbyRoom; readonly isMine: boolean }) {
  const isActive = room.occupants > 0
  return (
    <a class={styles.row} href={roomPath(room.id)} data-active={isActive ? '' : undefined}>
      <span class={styles.sign}>
        <HashIcon size="1.125rem" />
      </span>
      <span class={styles.words}>
        <bdi class={styles.name}>{room.name}</bdi>
        <Pause />
        {room.topic && (
          <span class={styles.topic}>
            <bdi>{room.topic}</bdi>
            <Pause />
          </span>
        )}
      </span>
      <span class={styles.facts}>
        <span class={styles.active}>
          {isActive && (
            <>
              <PresenceDot presence="here" />
              {hereWords(room.occupants)}
              <Pause />
            </>
          )}
        </span>
        <span class={styles.mine}>
          {isMine && (
            <>
              Joined
              <Pause />
            </>
          )}
        </span>
        <span class={styles.last}>
          <LastActivity at={room.lastActivityAt} />
        </span>
      </span>
    </a>
  )
}
