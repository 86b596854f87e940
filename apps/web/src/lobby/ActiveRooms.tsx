import type { LobbyRoom } from '@parley/protocol'
import { AvatarStack } from '../kit/AvatarStack.tsx'
import { roomPath } from '../routes.ts'
import styles from './ActiveRooms.module.css'
import { LastActivity } from './LastActivity.tsx'
import { Pause } from './Pause.tsx'
import { RoomSection } from './RoomSection.tsx'
import { facesWords, hereWords } from './room-words.ts'
import type { RoomList } from './useLobby.ts'

export interface ActiveRoomsProps {
  readonly list: RoomList
  readonly isFiltered: boolean
  readonly hasNoRooms: boolean
  readonly isHidden: boolean
}

/** Rooms with people in them now, faces first: this is where one would want to go. */
export function ActiveRooms({ list, isFiltered, hasNoRooms, isHidden }: ActiveRoomsProps) {
  return (
    <RoomSection
      title="Active rooms"
      list={list}
      isHidden={isHidden}
      listClass={styles.cards}
      placeholder={{ count: 3, height: '8.25rem' }}
      renderRoom={(room) => <Card room={room} />}
      empty={<p class={styles.none}>{emptyWords(isFiltered, hasNoRooms)}</p>}
    />
  )
}

function Card({ room }: { readonly room: LobbyRoom }) {
  const people = room.faces.map(({ id, displayName }) => ({ id, name: displayName }))
  return (
    <a class={styles.card} href={roomPath(room.id)}>
      <bdi class={styles.name}>{room.name}</bdi>
      <Pause />
      <span class={styles.topic}>
        <bdi>{room.topic}</bdi>
      </span>
      {room.topic && <Pause />}
      <span class={styles.foot}>
        <span class={styles.faces}>
          <AvatarStack people={people} total={room.occupants} max={5} size="s" />
          <span class={styles.here}>{hereWords(room.occupants)}</span>
          <span class="visually-hidden">: {facesWords(room)}, </span>
        </span>
        <LastActivity at={room.lastActivityAt} />
      </span>
    </a>
  )
}

function emptyWords(isFiltered: boolean, hasNoRooms: boolean): string {
  if (hasNoRooms) return 'Whoever enters a room is seen here.'
  if (isFiltered) return 'None of these rooms has anybody in it right now.'
  return 'Nobody is in a room right now. Enter one below, and others will see you here.'
}
