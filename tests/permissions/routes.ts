import type { AccountCommandName } from '@parley/protocol'

/**
 * Whom a route lets in. `everybody`: whoever asks, from whatever page. `own page`: nobody has to be signed in, but pages of
 * other origins are refused. `browser`: the same, and scripts without a page are refused as well. `session`: whoever is signed in, and with a cookie from our own pages only.
 */
export type RouteAccess = 'everybody' | 'own page' | 'browser' | 'session'

/** Commands over HTTP only. One without its row does not compile. */
export const ACCOUNT_COMMANDS: { readonly [Name in AccountCommandName]: RouteAccess } = {
  enter: 'own page',
  register: 'own page',
  'sign-in': 'own page',
  'describe-invitation': 'own page',
  'describe-sign-up': 'browser',
  'finish-sign-up': 'browser',
  'sign-out': 'session',
  'claim-account': 'session',
  'change-password': 'session',
  'describe-account': 'session',
  'confirm-identity': 'session',
  'unlink-provider': 'session',
  'delete-account': 'session',
  'end-session': 'session',
  'end-other-sessions': 'session',
  'become-owner': 'session',
  'accept-invitation': 'session',
}

/** Every route that the server has; one without its row fails the test. */
export const ROUTES: Readonly<Record<string, RouteAccess>> = {
  'GET /healthz': 'everybody',
  'GET /readyz': 'everybody',
  'GET /metrics': 'everybody',
  'GET /api/session': 'everybody',
  'GET /api/instance': 'everybody',
  'GET /api/sign-in/:id': 'everybody',
  'POST /api/sign-in/:id': 'browser',
  'GET /api/sign-in/:id/callback': 'everybody',
  'POST /api/commands/:name': 'session',
  'POST /api/queries/:name': 'session',
  ...Object.fromEntries(
    Object.entries(ACCOUNT_COMMANDS).map(([name, access]) => [`POST /api/commands/${name}`, access]),
  ),
  'ALL /api/*': 'everybody',
  'ALL /socket': 'everybody',
  'GET /*': 'everybody',
  'HEAD /*': 'everybody',
}

/** As whom somebody asks. */
export const SESSIONS = [
  'none',
  'malformed',
  'disabled',
  'deleted',
  'guest',
  'member',
  'administrator',
  'owner',
] as const
export type SessionKind = (typeof SESSIONS)[number]

/** How a session comes, and from which page. */
export const WAYS = ['bearer', 'cookie, own page', 'cookie, foreign page', 'cookie, no page named'] as const
export type Way = (typeof WAYS)[number]

export type RouteOutcome = 'let in' | 'not-signed-in' | 'origin-refused'

export function expectedOfRoute(access: RouteAccess, session: SessionKind, way: Way): RouteOutcome {
  const isStrange = way === 'cookie, foreign page'
  if (access === 'everybody') return 'let in'
  if (access === 'own page') return isStrange ? 'origin-refused' : 'let in'
  if (access === 'browser') return way === 'cookie, own page' ? 'let in' : 'origin-refused'
  if (session === 'none') return 'not-signed-in'
  if (isStrange || way === 'cookie, no page named') return 'origin-refused'
  return ['guest', 'member', 'administrator', 'owner'].includes(session) ? 'let in' : 'not-signed-in'
}

export const ROUTE_CELLS = Object.keys(ROUTES).length * SESSIONS.length * WAYS.length
