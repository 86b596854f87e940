import { nameOf } from '@parley/client'
import type { LobbyRoom } from '@parley/protocol'
import { useRef } from 'preact/hooks'
import { Avatar } from '../kit/Avatar.tsx'
import { useRovingFocus } from '../kit/roving.ts'
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
  return (
    <div class={styles.card}>
      <a class={styles.link} href={roomPath(room.id)}>
        <bdi class={styles.name}>{room.name}</bdi>
        <Pause />
        <span class={styles.topic}>
          <bdi>{room.topic}</bdi>
        </span>
        {room.topic && <Pause />}
        <span class={styles.foot}>
          <span class={styles.faces}>
            <span class={styles.room} style={{ '--faces': String(Math.min(room.occupants, MOST_FACES)) }} />
            <span class={styles.here}>{hereWords(room.occupants)}</span>
            <span class="visually-hidden">: {facesWords(room)}, </span>
          </span>
          <LastActivity at={room.lastActivityAt} />
        </span>
      </a>
      <Faces room={room} />
    </div>
  )
}

const MOST_FACES = 5

/** One stop for Tab; the arrows walk the faces. Above the card's link, which fills the rest of it. */
function Faces({ room }: { readonly room: LobbyRoom }) {
  const list = useRef<HTMLUListElement>(null)
  useRovingFocus(list, { axis: 'horizontal' })
  const shown = room.faces.slice(0, room.occupants > MOST_FACES ? MOST_FACES - 1 : MOST_FACES)
  const more = room.occupants - shown.length
  return (
    <ul ref={list} class={styles.people} aria-label={`In ${room.name}`}>
      {shown.map((user) => (
        <li key={user.id} class={styles.face}>
          <button type="button" data-roving="" data-person={user.id} aria-haspopup="dialog">
            <Avatar name={nameOf(user)} seed={user.id} size="s" />
            <span class="visually-hidden">{nameOf(user)}</span>
          </button>
        </li>
      ))}
      {more > 0 && shown.length > 0 && (
        <li class={styles.more} aria-hidden="true">
          +{more > 999 ? '999' : more}
        </li>
      )}
    </ul>
  )
}

function emptyWords(isFiltered: boolean, hasNoRooms: boolean): string {
  if (hasNoRooms) return 'Whoever enters a room is seen here.'
  if (isFiltered) return 'None of these rooms has anybody in it right now.'
  return 'Nobody is in a room right now. Enter one below, and others will see you here.'
}
