import { chat, useObservable } from '../chat.ts'
import { IconButton } from '../kit/IconButton.tsx'
import { MenuIcon } from '../kit/icons.tsx'
import { isNarrow } from './media.ts'
import styles from './SidebarToggle.module.css'
import { isSidebarOpen, openSidebar } from './sidebar-layer.ts'

/** Stands at the start of every screen's header while the window is too narrow for the sidebar. */
export function SidebarToggle() {
  const rooms = useObservable(chat.rooms)
  if (!isNarrow.value) return null
  const hasUnread = rooms.some((room) => room.unread > 0)
  return (
    <span class={styles.place}>
      <IconButton
        label={hasUnread ? 'Show rooms, some unread' : 'Show rooms'}
        icon={<MenuIcon />}
        tooltipPlacement="bottom"
        aria-expanded={isSidebarOpen.value}
        data-sidebar-toggle=""
        onClick={openSidebar}
      />
      {hasUnread && <span class={styles.dot} aria-hidden="true" />}
    </span>
  )
}
