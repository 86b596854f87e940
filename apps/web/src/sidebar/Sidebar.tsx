import type { MyRoomView } from '@parley/client'
import { useState } from 'preact/hooks'
import { chat, useObservable } from '../chat.ts'
import { Avatar } from '../kit/Avatar.tsx'
import { Badge } from '../kit/Badge.tsx'
import { classes } from '../kit/classes.ts'
import { IconButton } from '../kit/IconButton.tsx'
import { CloseIcon, HashIcon, LockIcon, NewMessageIcon, PeopleIcon } from '../kit/icons.tsx'
import { Logo } from '../kit/Logo.tsx'
import { Skeleton } from '../kit/Skeleton.tsx'
import { LOBBY_PATH, roomPath, route } from '../routes.ts'
import { lazy } from '../shell/lazy.tsx'
import { isNarrow } from '../shell/media.ts'
import { tellNotLoaded } from '../shell/notices.ts'
import { closeSidebar } from '../shell/sidebar-layer.ts'
import { OwnMenu } from './OwnMenu.tsx'
import styles from './Sidebar.module.css'

const NewMessageDialog = lazy(
  () => import('../people/NewMessageDialog.tsx').then((module) => module.NewMessageDialog),
  tellNotLoaded,
)

/** My rooms and conversations, the way to the lobby, and myself. */
export function Sidebar() {
  const at = route.value
  const currentId = at.screen === 'room' ? at.roomId : undefined
  const all = useObservable(chat.rooms)
  const isGreeted = useObservable(chat.isGreeted)
  const [isWriting, setWriting] = useState(false)
  const isWaiting = !isGreeted && all.length === 0
  const rooms = all.filter((mine) => mine.room.kind !== 'direct')
  const directs = all.filter((mine) => mine.room.kind === 'direct')
  return (
    <nav class={styles.sidebar} aria-label="Rooms">
      <header class={styles.head}>
        <Logo size="1.625rem" wordmark />
        {isNarrow.value && <IconButton label="Hide rooms" icon={<CloseIcon />} onClick={closeSidebar} />}
      </header>
      <a
        class={classes(styles.row, styles.lobby)}
        href={LOBBY_PATH}
        aria-current={at.screen === 'lobby' ? 'page' : undefined}
      >
        <PeopleIcon />
        <span class={styles.name}>Lobby</span>
      </a>
      <div class={styles.scroller}>
        <h2 class={styles.title} id="my-rooms">
          Rooms
        </h2>
        {isWaiting ? (
          <Waiting />
        ) : rooms.length === 0 ? (
          <p class={styles.none}>Rooms that you enter are listed here. Find one in the lobby.</p>
        ) : (
          <RoomList rooms={rooms} labelledBy="my-rooms" currentId={currentId} />
        )}
        <div class={styles.section}>
          <h2 class={styles.title} id="my-directs">
            Direct messages
          </h2>
          <IconButton
            label="New message"
            size="small"
            icon={<NewMessageIcon size="1.125rem" />}
            tooltipPlacement="bottom-end"
            onPointerEnter={() => NewMessageDialog.preload()}
            onClick={() => setWriting(true)}
          />
        </div>
        {directs.length > 0 && <RoomList rooms={directs} labelledBy="my-directs" currentId={currentId} />}
        {directs.length === 0 && !isWaiting && (
          <p class={styles.none}>Talk to one person alone: begin with “New message”.</p>
        )}
      </div>
      <OwnMenu />
      {isWriting && <NewMessageDialog onClose={() => setWriting(false)} />}
    </nav>
  )
}

interface RoomListProps {
  readonly rooms: readonly MyRoomView[]
  readonly labelledBy: string
  readonly currentId: string | undefined
}

function RoomList({ rooms, labelledBy, currentId }: RoomListProps) {
  return (
    <ul class={styles.rooms} aria-labelledby={labelledBy}>
      {rooms.map((mine) => (
        <li key={mine.id} class={styles.item}>
          <a
            class={classes(styles.row, mine.unread > 0 && styles.unread)}
            href={roomPath(mine.id)}
            aria-current={mine.id === currentId ? 'page' : undefined}
          >
            <Sign mine={mine} />
            <bdi class={styles.name} title={mine.name}>
              {mine.name}
            </bdi>
            {mine.room.kind === 'private' && <span class="visually-hidden">, private</span>}
            <Badge count={mine.unread} noun="unread" />
          </a>
        </li>
      ))}
    </ul>
  )
}

function Sign({ mine }: { readonly mine: MyRoomView }) {
  switch (mine.room.kind) {
    case 'direct':
      return <Avatar name={mine.name} seed={mine.peer?.id} size="xs" />
    case 'private':
      return <LockIcon />
    case 'public':
      return <HashIcon />
  }
}

function Waiting() {
  return (
    <div class={styles.rooms} aria-busy="true">
      {['60%', '45%', '70%'].map((width) => (
        <span key={width} class={styles.row}>
          <Skeleton width={width} />
        </span>
      ))}
    </div>
  )
}
