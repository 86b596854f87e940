import { type CommandId, LIMITS, newId, UUID_V7 } from '@parley/protocol'
import { commands } from '@parley/protocol/schemas'
import { type Context, Hono } from 'hono'
import type { Entered, Session } from '../accounts/accounts.ts'
import { credentialsOf, isOwnOrigin, sessionCookie, sessionCookieName } from '../credentials.ts'

import { Refusal, refuse } from '../rules/refusal.ts'
import { TokenBuckets } from '../token-bucket.ts'
import { addressBlock } from './address-block.ts'
import type { Env, HttpParts } from './http-parts.ts'

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

type Ask = Context<Env>

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
    const input = commands.enter.input.safeParse(await bodyOf(context))
    if (!input.success) throw invalid(input.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))
    parts.metrics.commands += 1
    const { user, token, expiresAt } = await parts.accounts.enter({ id, ...input.data })
    setCookie(context, parts, { user, token, expiresAt })
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

async function requireSession(context: Ask, parts: HttpParts): Promise<Session> {
  const credentials = credentialsOf(context.req.raw.headers, sessionCookieName(parts.origin))
  if (!credentials) refuse('not-signed-in')
  if (credentials.via === 'cookie' && !isOwnOrigin(context.req.raw.headers, parts.origin)) refuse('origin-refused')
  return (await parts.accounts.authenticate(credentials.token)) ?? refuse('not-signed-in')
}

/** The command's id comes as `Idempotency-Key`; without one the call cannot be repeated. (SPEC E9) */
function commandIdOf(context: Ask): CommandId {
  const key = context.req.header('idempotency-key')
  if (key === undefined) return newId<CommandId>()
  if (!UUID_V7.test(key)) throw invalid(['Idempotency-Key: not a UUIDv7 in lower case'])
  return key as CommandId // as: just checked
}

async function bodyOf(context: Ask): Promise<unknown> {
  const announced = Number(context.req.header('content-length') ?? 0)
  const text = announced > LIMITS.frameBytes ? undefined : await context.req.text()
  if (text === undefined || Buffer.byteLength(text) > LIMITS.frameBytes)
    throw invalid(['the body is larger than 64 KiB'])
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw invalid(['the body is not JSON'])
  }
}

function limit(buckets: TokenBuckets, key: string, { clock, metrics }: HttpParts): void {
  const retryAfterMs = buckets.take(key, clock.now())
  if (retryAfterMs === 0) return
  metrics.busy += 1
  throw new Refusal('busy', { retryAfterMs })
}

function setCookie(
  context: Ask,
  { origin, clock }: HttpParts,
  { token, expiresAt }: Pick<Entered, 'token' | 'expiresAt'> & Partial<Entered>,
): void {
  context.header('Set-Cookie', sessionCookie(token, { origin, maxAgeMs: expiresAt - clock.now() }))
}

function personal(context: Ask, body: unknown): Response {
  context.header('Cache-Control', 'private, no-store')
  return context.json(body as object) // as: outputs are objects; Hono wants to see that they are JSON
}

function invalid(issues: readonly string[]): Refusal {
  return new Refusal('invalid-input', { details: { issues: issues.slice(0, 5) } })
}
