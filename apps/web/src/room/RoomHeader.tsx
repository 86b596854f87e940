import { type ChatClient, RefusalError, type RoomView } from '@parley/client'
import type { RoomId } from '@parley/protocol'
import { useState } from 'preact/hooks'
import { IconButton } from '../kit/IconButton.tsx'
import { LeaveIcon, PeopleIcon, SettingsIcon } from '../kit/icons.tsx'
import { Skeleton } from '../kit/Skeleton.tsx'
import { showToast } from '../kit/toasts.ts'
import { refusalWords } from '../refusal-words.ts'
import { LOBBY_PATH, navigate } from '../routes.ts'
import { lazy } from '../shell/lazy.tsx'
import { SidebarToggle } from '../shell/SidebarToggle.tsx'
import styles from './RoomHeader.module.css'
import type { PeopleShown } from './usePeopleShown.ts'

const RoomSettings = lazy(
  () => import('./RoomSettings.tsx').then((module) => module.RoomSettings),
  () => showToast('The settings could not be loaded. Try again when you are online.', { tone: 'danger' }),
)

export interface RoomHeaderProps {
  readonly chat: ChatClient
  readonly roomId: RoomId
  readonly view: RoomView | undefined
  readonly people: PeopleShown
}

export function RoomHeader({ chat, roomId, view, people }: RoomHeaderProps) {
  const [isAdministering, setAdministering] = useState(false)
  const room = view?.room
  const name = room?.name ?? chat.rememberedRoomName(roomId)
  const here = view?.occupants?.count ?? 0

  const leave = (): void => {
    chat.leaveRoom(roomId).catch((error: unknown) => {
      if (!(error instanceof RefusalError)) throw error
      showToast(`You are still in “\u2068${name ?? 'the room'}\u2069”. ${refusalWords(error)}`, { tone: 'danger' })
    })
    navigate(LOBBY_PATH)
  }

  return (
    <header class={styles.header}>
      <SidebarToggle />
      <div class={styles.names}>
        <h1 class={styles.name} title={name}>
          {name === undefined ? <Skeleton width="9rem" /> : <bdi>{name}</bdi>}
        </h1>
        {room && room.topic !== '' && (
          <p class={styles.topic} title={room.topic} dir="auto">
            {room.topic}
          </p>
        )}
      </div>
      <div class={styles.actions}>
        <button
          type="button"
          class={styles.people}
          aria-label={here === 1 ? 'People, 1 here' : `People, ${here} here`}
          aria-expanded={people.isShown}
          data-people-toggle=""
          title={people.isShown ? 'Hide people' : 'Show people'}
          onClick={people.toggle}
        >
          <PeopleIcon />
          <span class={styles.count}>{here}</span>
        </button>
        {view?.isOwner && (
          <IconButton
            label="Room settings"
            icon={<SettingsIcon />}
            tooltipPlacement="bottom"
            onPointerEnter={() => RoomSettings.preload()}
            onClick={() => setAdministering(true)}
          />
        )}
        <IconButton label="Leave room" icon={<LeaveIcon />} tooltipPlacement="bottom-end" onClick={leave} />
      </div>
      {isAdministering && room && <RoomSettings chat={chat} room={room} onClose={() => setAdministering(false)} />}
    </header>
  )
}
