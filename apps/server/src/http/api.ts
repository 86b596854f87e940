import { Hono } from 'hono'
import { credentialsOf, isOwnOrigin, sessionCookieName } from '../credentials.ts'
import { refuse } from '../rules/refusal.ts'
import { TokenBuckets } from '../token-bucket.ts'
import { addressBlock } from './address-block.ts'
import type { Env, HttpParts } from './http-parts.ts'
import { type Ask, bodyOf, commandIdOf, inputOf, limit, personal, requireSession, setCookie } from './request.ts'

/** The same commands and queries as over the socket, for bots and scripts, and the sign-in of everybody. */
export function apiRoutes(parts: HttpParts): Hono<Env> {
  const { state, limits, posts } = parts
  const queries = new TokenBuckets(limits.queries)
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
  routes.post('/commands/enter', enterRoute(parts))
  routes.post('/commands/sign-out', signOutRoute(parts))
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

function enterRoute(parts: HttpParts) {
  const byBlock = new TokenBuckets(parts.limits.guests)
  const fromEverywhere = new TokenBuckets(parts.limits['all-guests'])
  return async (context: Ask): Promise<Response> => {
    const isBrowser = context.req.header('origin') !== undefined
    // Otherwise any page could sign its visitors in here under a name of its choice.
    if (isBrowser && !isOwnOrigin(context.req.raw.headers, parts.origin)) refuse('origin-refused')
    limit(byBlock, addressBlock(context.env.address), parts)
    limit(fromEverywhere, '', parts)
    const id = commandIdOf(context)
    const input = await inputOf(context, 'enter')
    parts.metrics.commands += 1
    const { user, token, expiresAt } = await parts.accounts.enter({ id, ...input })
    setCookie(context, parts, { token, expiresAt })
    // A script of the page could read the body, and so could whoever injects one; the cookie is out of its reach.
    return personal(context, isBrowser ? { user, expiresAt } : { user, token, expiresAt })
  }
}

function signOutRoute(parts: HttpParts) {
  return async (context: Ask): Promise<Response> => {
    const { actor } = await requireSession(context, parts)
    await parts.accounts.signOut(actor)
    setCookie(context, parts, { token: '', expiresAt: 0 })
    return personal(context, {})
  }
}
