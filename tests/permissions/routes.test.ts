import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { commands } from '@parley/protocol/schemas'
import { sessionCookieName } from '../../apps/server/src/credentials.ts'
import { ACCOUNT_COMMANDS, expectedOfRoute, ROUTES, SESSIONS, type SessionKind, WAYS, type Way } from './routes.ts'
import { openServerRoutes } from './server-routes.ts'

setDefaultTimeout(60_000)
let server: Awaited<ReturnType<typeof openServerRoutes>>
beforeAll(async () => {
  server = await openServerRoutes()
})
afterAll(() => server.close())

test('[N1] every route has its row, and every command over HTTP', () => {
  const routes = server.router.routes.map(({ method, path }) => `${method} ${path}`)
  // Not a route: it only adds headers to whatever answers.
  const own = new Set(routes.filter((route) => route !== 'ALL /*'))
  expect([...own].sort()).toEqual(Object.keys(ROUTES).sort())
  const overHttp = Object.entries(commands).flatMap(([name, command]) => ('over' in command ? [name] : []))
  expect(Object.keys(ACCOUNT_COMMANDS).sort()).toEqual(overHttp.sort())
})

test('[N1] every route, as whoever asks, by cookie or token, from our pages or others', async () => {
  const wrong: string[] = []
  for (const [route, access] of Object.entries(ROUTES)) {
    for (const session of SESSIONS) {
      for (const way of WAYS) {
        const expected = expectedOfRoute(access, session, way)
        const outcome = await outcomeOf(route, session, way)
        if (outcome !== expected) wrong.push(`${route} as ${session} by ${way}: ${outcome} instead of ${expected}`)
      }
    }
  }
  expect(wrong.slice(0, 20)).toEqual([])
})

test('[N1] commands over HTTP only are none of the socket, nor of the general route', async () => {
  const { actor } = server.world.asker('stranger', 'owner')
  for (const name of Object.keys(ACCOUNT_COMMANDS)) {
    const asked = server.world.performs(actor, name as never, {}) // as: of a name that is not asked here
    await expect(asked).rejects.toMatchObject({ code: 'unknown-name' })
  }
})

async function outcomeOf(route: string, session: SessionKind, way: Way): Promise<string> {
  const [method = '', path = ''] = route.split(' ')
  const verb = method === 'ALL' ? 'POST' : method
  const where = path.replace(':id', 'nobody').replace(':name', 'mark-read').replace('*', 'anything')
  const headers = new Headers({ host: 'parley.test', 'content-type': 'application/json', ...credentials(session, way) })
  const body = verb === 'POST' ? { body: '{}' } : {}
  const request = new Request(`http://parley.test${where}`, { method: verb, headers, ...body })
  const response = await server.router.fetch(request, { address: '127.0.0.1' })
  const text = await response.text()
  if (response.status >= 500 && response.status !== 503) throw new Error(`${route}: ${response.status} ${text}`)
  const code = /"code":"([a-z-]+)"/.exec(text)?.[1]
  return code === 'not-signed-in' || code === 'origin-refused' ? code : 'let in'
}

function credentials(session: SessionKind, way: Way): Record<string, string> {
  const origin: Record<string, string> = {}
  if (way === 'cookie, own page') origin.origin = 'http://parley.test'
  if (way === 'cookie, foreign page') origin.origin = 'http://elsewhere.test'
  const token = tokenOf(session)
  if (token === undefined) return origin
  return way === 'bearer'
    ? { authorization: `Bearer ${token}` }
    : { ...origin, cookie: `${sessionCookieName(undefined)}=${token}` }
}

function tokenOf(session: SessionKind): string | undefined {
  const { world } = server
  if (session === 'none') return undefined
  if (session === 'malformed') return 'nonsense'
  if (session === 'disabled') return world.tokenOf({ name: 'Disabled' })
  if (session === 'deleted') return world.tokenOf({ name: 'Deleted' })
  return world.tokenOf(world.asker('stranger', session))
}
