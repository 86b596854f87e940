import { Hono } from 'hono'
import { credentialsOf, sessionCookieName } from '../credentials.ts'
import { accountRoutes } from './account-routes.ts'
import type { Env, HttpParts } from './http-parts.ts'
import { bodyOf, commandIdOf, limit, personal, requireSession, setCookie } from './request.ts'

/** The same commands and queries as over the socket, for bots and scripts, and the sign-in of everybody. */
export function apiRoutes(parts: HttpParts): Hono<Env> {
  const { state, limits, posts } = parts
  const queries = limits.soon('queries')
  const routes = new Hono<Env>()

  routes.get('/session', async (context) => {
    // Reading who one is changes nothing, so it needs no Origin, which browsers leave out here.
    const credentials = credentialsOf(context.req.raw.headers, sessionCookieName(parts.origin))
    const session = credentials && (await parts.accounts.authenticate(credentials.token))
    // Asking is no error: browsers write every 401 into the console, and this is the first thing a new visitor's page asks.
    if (!session) return personal(context, { user: null })
    const { expiresAt } = session
    // The session is extended while it is used; a cookie that is not would end it all the same after 30 days.
    if (credentials.via === 'cookie') setCookie(context, parts, { token: credentials.token, expiresAt })
    return personal(context, { user: session.actor.user, expiresAt })
  })
  routes.route('/', accountRoutes(parts))
  routes.post('/commands/:name', async (context) => {
    const { actor } = await requireSession(context, parts)
    limit(posts, actor.user.id, parts)
    const call = { id: commandIdOf(context), name: context.req.param('name'), input: await bodyOf(context) }
    parts.metrics.commands += 1
    return personal(context, await state.perform({ ...call, actor, lane: {} }))
  })
  routes.post('/queries/:name', async (context) => {
    const { actor } = await requireSession(context, parts)
    limit(queries, actor.user.id, parts)
    parts.metrics.queries += 1
    return personal(context, await state.query(actor, context.req.param('name'), await bodyOf(context)))
  })
  return routes
}
