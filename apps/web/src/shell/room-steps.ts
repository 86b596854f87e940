import type { MyRoomView } from '@parley/client'
import { chat } from '../chat.ts'
import { navigate, roomPath, route } from '../routes.ts'
import type { Shortcut } from './shortcuts.ts'

/** The room that lies `step` rows further in the sidebar, round and round; from elsewhere the first or last. */
export function roomAfter(
  rooms: readonly MyRoomView[],
  currentId: string | undefined,
  step: 1 | -1,
  onlyUnread: boolean,
): MyRoomView | undefined {
  const at = rooms.findIndex((room) => room.id === currentId)
  const start = at < 0 && step < 0 ? rooms.length : at
  for (let distance = 1; distance <= rooms.length; distance += 1) {
    const room = rooms[(start + step * distance + rooms.length * 2) % rooms.length]
    if (room && room.id !== currentId && (!onlyUnread || room.unread > 0)) return room
  }
  return undefined
}

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
