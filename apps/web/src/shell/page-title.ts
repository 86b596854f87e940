import { effect } from '@preact/signals'
import { chat, signalOf } from '../chat.ts'
import { badgeText } from '../kit/Badge.tsx'
import { showFavicon } from '../kit/favicon.ts'
import { type Route, route } from '../routes.ts'
import { session } from '../session.ts'

/** Call once at start: the tab says where one is and how much is unread. */
export function startPageTitle(): void {
  effect(() => {
    const isInside = session.value.phase === 'inside'
    const rooms = isInside ? signalOf(chat.rooms).value : []
    const unread = rooms.reduce((sum, room) => sum + room.unread, 0)
    const place = isInside ? placeName(route.value, rooms) : undefined
    document.title = [unread > 0 && `(${badgeText(unread)})`, place && `${place} ·`, 'Parley'].filter(Boolean).join(' ')
    showFavicon(unread > 0)
  })
}

function placeName(at: Route, rooms: readonly { readonly id: string; readonly name: string }[]): string | undefined {
  switch (at.screen) {
    case 'start':
      return undefined
    case 'lobby':
      return 'Lobby'
    case 'room':
      return rooms.find((room) => room.id === at.roomId)?.name
    case 'unknown':
      return 'Page not found'
  }
}
