import { effect } from '@preact/signals'
import { chat, signalOf } from '../chat.ts'
import { badgeText } from '../kit/Badge.tsx'
import { showFavicon } from '../kit/favicon.ts'
import { isDoor, type Route, route } from '../routes.ts'
import { session } from '../session.ts'

/** Call once at start: the tab says where one is and how much is unread. */
export function startPageTitle(): void {
  let timer = 0
  effect(() => {
    const isInside = session.value.phase === 'inside'
    const rooms = isInside ? signalOf(chat.rooms).value : []
    const unread = rooms.reduce((sum, room) => sum + room.unread, 0)
    const place = isInside || isDoor(route.value) ? placeName(route.value, rooms) : undefined
    const words = [unread > 0 && `(${badgeText(unread)})`, place && `${place} ·`, 'Parley'].filter(Boolean).join(' ')
    // A message in the room one looks at is unread only until it is drawn: the tab must not blink with each.
    clearTimeout(timer)
    timer = window.setTimeout(() => {
      if (document.title !== words) document.title = words
      showFavicon(unread > 0)
    })
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
    case 'sign-in':
      return 'Sign in'
    case 'register':
      return 'Create an account'
    case 'join':
      return 'Invitation'
    case 'set-up':
      return 'Set-up'
    case 'choose-name':
      return 'Choose a name'
    case 'settings':
      return 'Settings'
    case 'admin':
      return 'Administration'
    case 'unknown':
      return 'Page not found'
  }
}
