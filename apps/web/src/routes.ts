import { type RoomId, UUID_V7 } from '@parley/protocol'
import { type ReadonlySignal, signal } from '@preact/signals'

export type Route =
  /** `/`: wherever the person was last. (SPEC G4) */
  | { readonly screen: 'start' }
  | { readonly screen: 'lobby' }
  | { readonly screen: 'room'; readonly roomId: RoomId }
  /** Doors: making or entering an account, or going through a link. */
  | { readonly screen: Door }
  /** `/settings/account`: opens that section over wherever the person was. */
  | { readonly screen: 'settings'; readonly section: SettingsSection }
  | { readonly screen: 'admin'; readonly section: AdminSection }
  | { readonly screen: 'unknown'; readonly path: string }

const DOORS = ['sign-in', 'register', 'join', 'set-up', 'choose-name'] as const
export type Door = (typeof DOORS)[number]
export const SETTINGS_SECTIONS = ['profile', 'account', 'devices', 'appearance'] as const
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number]
export const ADMIN_SECTIONS = ['people', 'rooms', 'settings'] as const
export type AdminSection = (typeof ADMIN_SECTIONS)[number]

export const LOBBY_PATH = '/lobby'

export function roomPath(roomId: RoomId): string {
  return `/rooms/${roomId}`
}

export function adminPath(section: AdminSection): string {
  return `/admin/${section}`
}

export function parseRoute(path: string): Route {
  const [first, second, ...rest] = path.split('/').filter((part) => part !== '')
  if (first === undefined) return { screen: 'start' }
  if (first === 'lobby' && second === undefined) return { screen: 'lobby' }
  const id = second?.toLowerCase() ?? ''
  // as: the form was checked; whether there is such a room, the server says.
  if (first === 'rooms' && rest.length === 0 && UUID_V7.test(id)) return { screen: 'room', roomId: id as RoomId }
  const door = DOORS.find((one) => one === first)
  if (door && second === undefined) return { screen: door }
  if (rest.length > 0) return { screen: 'unknown', path }
  const setting = SETTINGS_SECTIONS.find((one) => one === (second ?? 'profile'))
  if (first === 'settings' && setting) return { screen: 'settings', section: setting }
  const section = ADMIN_SECTIONS.find((one) => one === (second ?? 'people'))
  if (first === 'admin' && section) return { screen: 'admin', section }
  return { screen: 'unknown', path }
}

export function isDoor(at: Route): at is { readonly screen: Door } {
  return DOORS.some((door) => door === at.screen)
}

const current = signal<Route>({ screen: 'start' })
/** Where the page is. */
export const route: ReadonlySignal<Route> = current

/** Goes to a path of this page without loading it anew. `replace` leaves no step to come back to. */
export function navigate(path: string, { replace = false }: { readonly replace?: boolean } = {}): void {
  if (path === location.pathname) {
    current.value = parseRoute(path)
    return
  }
  if (replace) history.replaceState(null, '', path)
  else history.pushState(null, '', path)
  current.value = parseRoute(path)
}

/** Call once at start: follows the address bar, back and forward, and every plain press on a link of ours. */
export function startRouter(): void {
  current.value = parseRoute(location.pathname)
  addEventListener('popstate', () => {
    current.value = parseRoute(location.pathname)
  })
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (!link || !staysHere(event, link)) return
    event.preventDefault()
    navigate(link.pathname)
  })
}

/** New tabs, downloads, other origins, files of the server and jumps inside the page are the browser's business. */
function staysHere(event: MouseEvent, link: HTMLAnchorElement): boolean {
  if (event.defaultPrevented || event.button !== 0) return false
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return false
  if ((link.target !== '' && link.target !== '_self') || link.hasAttribute('download')) return false
  return link.origin === location.origin && link.hash === '' && parseRoute(link.pathname).screen !== 'unknown'
}
