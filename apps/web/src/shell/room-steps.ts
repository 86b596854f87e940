import { chat } from '../chat.ts'
import { navigate, roomPath, route } from '../routes.ts'
import { roomAfter } from './room-after.ts'
import type { Shortcut } from './shortcuts.ts'

function go(step: 1 | -1, onlyUnread: boolean): boolean {
  if (document.querySelector('dialog:modal')) return false
  const at = route.peek()
  const room = roomAfter(chat.rooms.value, at.screen === 'room' ? at.roomId : undefined, step, onlyUnread)
  if (room) navigate(roomPath(room.id))
  return true
}

export const ROOM_STEPS: readonly Shortcut[] = [
  { keys: 'Alt+ArrowDown', about: 'Next room', group: 'Rooms', run: () => go(1, false) },
  { keys: 'Alt+ArrowUp', about: 'Previous room', group: 'Rooms', run: () => go(-1, false) },
  { keys: 'Alt+Shift+ArrowDown', about: 'Next unread room', group: 'Rooms', run: () => go(1, true) },
  { keys: 'Alt+Shift+ArrowUp', about: 'Previous unread room', group: 'Rooms', run: () => go(-1, true) },
]
