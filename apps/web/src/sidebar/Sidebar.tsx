import { chat, useObservable } from '../chat.ts'
import { Badge } from '../kit/Badge.tsx'
import { classes } from '../kit/classes.ts'
import { IconButton } from '../kit/IconButton.tsx'
import { CloseIcon, HashIcon, PeopleIcon } from '../kit/icons.tsx'
import { Logo } from '../kit/Logo.tsx'
import { Skeleton } from '../kit/Skeleton.tsx'
import { LOBBY_PATH, roomPath, route } from '../routes.ts'
import { isNarrow } from '../shell/media.ts'
import { closeSidebar } from '../shell/sidebar-layer.ts'
import { OwnMenu } from './OwnMenu.tsx'
import styles from './Sidebar.module.css'

/** My rooms, the way to the lobby, and myself. */
export function Sidebar() {
  const at = route.value
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
      <h2 class={styles.title} id="my-rooms">
        My rooms
      </h2>
      <MyRooms currentId={at.screen === 'room' ? at.roomId : undefined} />
      <OwnMenu />
    </nav>
  )
}

function MyRooms({ currentId }: { readonly currentId: string | undefined }) {
  const rooms = useObservable(chat.rooms)
  const isGreeted = useObservable(chat.isGreeted)
  if (!isGreeted && rooms.length === 0) return <Waiting />
  if (rooms.length === 0) {
    return <p class={styles.none}>Rooms that you enter are listed here. Find one in the lobby.</p>
  }
  return (
    <ul class={styles.rooms} aria-labelledby="my-rooms">
      {rooms.map((room) => (
        <li key={room.id} class={styles.item}>
          <a
            class={classes(styles.row, room.unread > 0 && styles.unread)}
            href={roomPath(room.id)}
            aria-current={room.id === currentId ? 'page' : undefined}
          >
            <HashIcon />
            <bdi class={styles.name} title={room.name}>
              {room.name}
            </bdi>
            <Badge count={room.unread} noun="unread" />
          </a>
        </li>
      ))}
    </ul>
  )
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
