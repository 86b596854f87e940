import { type ChatClient, nameOf, RefusalError, type RoomView } from '@parley/client'
import type { Room, RoomId, User } from '@parley/protocol'
import { useState } from 'preact/hooks'
import { Avatar } from '../kit/Avatar.tsx'
import { IconButton } from '../kit/IconButton.tsx'
import { AddPersonIcon, LeaveIcon, LockIcon, MoreIcon, PeopleIcon, SettingsIcon } from '../kit/icons.tsx'
import { Menu } from '../kit/Menu.tsx'
import { Skeleton } from '../kit/Skeleton.tsx'
import { showToast } from '../kit/toasts.ts'
import { PersonButton } from '../people/PersonButton.tsx'
import { mayModerate } from '../people/rank.ts'
import { refusalWords } from '../refusal-words.ts'
import { LOBBY_PATH, navigate } from '../routes.ts'
import { lazy } from '../shell/lazy.tsx'
import { isNarrow } from '../shell/media.ts'
import { SidebarToggle } from '../shell/SidebarToggle.tsx'
import styles from './RoomHeader.module.css'
import type { PeopleShown } from './usePeopleShown.ts'

const onFailure = (): void => {
  showToast('This could not be loaded. Try again when you are online.', { tone: 'danger' })
}
const RoomSettings = lazy(() => import('./RoomSettings.tsx').then((module) => module.RoomSettings), onFailure)
const AddPeopleDialog = lazy(() => import('./AddPeopleDialog.tsx').then((module) => module.AddPeopleDialog), onFailure)

export interface RoomHeaderProps {
  readonly chat: ChatClient
  readonly roomId: RoomId
  readonly view: RoomView | undefined
  readonly people: PeopleShown
}

export function RoomHeader({ chat, roomId, view, people }: RoomHeaderProps) {
  const [dialog, setDialog] = useState<'settings' | 'add-people'>()
  const room = view?.room
  const peer = view?.peer
  const isDirect = room?.kind === 'direct'
  const name = peer ? nameOf(peer) : room?.name || chat.rememberedRoomName(roomId)
  const close = (): void => setDialog(undefined)

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
        {peer ? (
          <Peer peer={peer} isHere={view?.occupants?.people.some((user) => user.id === peer.id) ?? false} />
        ) : (
          <RoomName name={name} room={room} />
        )}
        {room && room.topic !== '' && (
          <p class={styles.topic} title={room.topic} dir="auto">
            {room.topic}
          </p>
        )}
      </div>
      {room && !isDirect && view && (
        <div class={styles.actions}>
          <PeopleToggle here={view.occupants?.count ?? 0} people={people} />
          <RoomActs
            mayModerate={mayModerate(view.role)}
            onAddPeople={() => setDialog('add-people')}
            onSettings={() => setDialog('settings')}
            onLeave={leave}
          />
        </div>
      )}
      {dialog === 'settings' && room && view && (
        <RoomSettings chat={chat} room={room} isOwner={view.isOwner} onClose={close} />
      )}
      {dialog === 'add-people' && room && <AddPeopleDialog chat={chat} room={room} onClose={close} />}
    </header>
  )
}

function RoomName({ name, room }: { readonly name: string | undefined; readonly room: Room | undefined }) {
  return (
    <div class={styles.title}>
      <h1 class={styles.name} title={name}>
        {name === undefined ? <Skeleton width="9rem" /> : <bdi>{name}</bdi>}
      </h1>
      {room?.kind === 'private' && (
        <span class={styles.lock} role="img" aria-label="Private room" title="Only people who were added or invited">
          <LockIcon size="1rem" />
        </span>
      )}
    </div>
  )
}

function Peer({ peer, isHere }: { readonly peer: User; readonly isHere: boolean }) {
  return (
    <h1 class={styles.name} title={nameOf(peer)}>
      <PersonButton userId={peer.id} class={styles.peer}>
        <Avatar name={nameOf(peer)} seed={peer.id} size="s" presence={isHere ? 'here' : undefined} />
        <bdi class={styles.peerName}>{nameOf(peer)}</bdi>
      </PersonButton>
    </h1>
  )
}

function PeopleToggle({ here, people }: { readonly here: number; readonly people: PeopleShown }) {
  return (
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
  )
}

interface RoomActsProps {
  readonly mayModerate: boolean
  readonly onAddPeople: () => void
  readonly onSettings: () => void
  readonly onLeave: () => void
}

/** Beside each other, or in a menu where there is no room beside the name. */
function RoomActs({ mayModerate, onAddPeople, onSettings, onLeave }: RoomActsProps) {
  if (isNarrow.value && mayModerate) {
    return (
      <Menu
        label="Room"
        items={[
          { label: 'Add people', icon: <AddPersonIcon />, onSelect: onAddPeople },
          { label: 'Room settings', icon: <SettingsIcon />, onSelect: onSettings },
          'separator',
          { label: 'Leave room', icon: <LeaveIcon />, onSelect: onLeave },
        ]}
        trigger={(trigger) => (
          <IconButton {...trigger} label="More" icon={<MoreIcon />} tooltipPlacement="bottom-end" />
        )}
      />
    )
  }
  return (
    <>
      {mayModerate && (
        <>
          <IconButton
            label="Add people"
            icon={<AddPersonIcon />}
            tooltipPlacement="bottom"
            onPointerEnter={() => AddPeopleDialog.preload()}
            onClick={onAddPeople}
          />
          <IconButton
            label="Room settings"
            icon={<SettingsIcon />}
            tooltipPlacement="bottom"
            onPointerEnter={() => RoomSettings.preload()}
            onClick={onSettings}
          />
        </>
      )}
      <IconButton label="Leave room" icon={<LeaveIcon />} tooltipPlacement="bottom-end" onClick={onLeave} />
    </>
  )
}
