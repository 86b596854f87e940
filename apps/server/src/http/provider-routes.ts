import type { SignInError } from '@parley/protocol'
import { Hono } from 'hono'
import type { Session } from '../accounts/accounts.ts'
import { deviceName } from '../accounts/device-name.ts'
import { isToken, newToken, SIGN_IN_LIFETIME_MS, TICKET_LIFETIME_MS } from '../accounts/providers/pending.ts'
import { SignInProblem } from '../accounts/providers/provider.ts'
import type { Beginning, Purpose } from '../accounts/providers/provider-sign-in.ts'
import { cookieOf, isOwnOrigin, sessionCookieName, travelCookie, travelCookieName } from '../credentials.ts'
import { reportIncident } from '../incident.ts'
import { isLoopback } from '../loopback.ts'
import { Refusal, refuse } from '../rules/refusal.ts'
import { addressBlock } from './address-block.ts'
import type { Env, HttpParts } from './http-parts.ts'
import { type Ask, bodyOf, endReplaced, inputOf, invalid, personal, setCookie, spend } from './request.ts'

/**
 * The way over a sign-in provider: out by `GET /sign-in/:id` (or `POST`, which gives the address instead of sending there, and
 * is the only way to link, or to show once more who one is), back by `/sign-in/:id/callback`. (SPEC P2, P4, P6)
 */
export function providerRoutes(parts: HttpParts): Hono<Env> {
  const { providerSignIn } = parts
  const routes = new Hono<Env>()

  routes.get('/sign-in/:id', async (context) => {
    const { then, invitation } = context.req.query()
    return navigating(context, parts, async () => {
      await spendOne(context, parts)
      if (await sessionOf(context, parts)) throw new SignInProblem('signed-in-already')
      const url = await begin(context, parts, { goTo: then, invitation, purpose: { kind: 'sign-in' } })
      return context.redirect(url.href, 302)
    })
  })

  routes.post('/sign-in/:id', async (context) => {
    requireOwnPages(context, parts)
    await spendOne(context, parts)
    const { mode, goTo, invitation } = await startOf(context)
    const session = await sessionOf(context, parts)
    if (mode !== 'sign-in' && !session) refuse('not-signed-in')
    if (mode === 'link' && session) await parts.accounts.requireProof(session.actor)
    try {
      if (mode === 'sign-in' && session) throw new SignInProblem('signed-in-already')
      const url = await begin(context, parts, { goTo, invitation, purpose: purposeOf(mode, session) })
      return personal(context, { url: url.href })
    } catch (error) {
      if (!(error instanceof SignInProblem)) throw error
      return personal(context, { error: error.code })
    }
  })

  routes.get('/sign-in/:id/callback', async (context) =>
    navigating(context, parts, async () => {
      await spendOne(context, parts)
      const session = await sessionOf(context, parts)
      const arrival = await providerSignIn.comeBack({
        providerId: context.req.param('id'),
        search: new URL(context.req.url).searchParams,
        browserKey: travelKey(context, parts),
        device: deviceName(context.req.header('user-agent')),
        session,
      })
      switch (arrival.kind) {
        case 'failed':
          return context.redirect(failureAddress(arrival.code, arrival.isInside), 302)
        case 'new':
          setTravelCookie(context, parts, { key: travelKey(context, parts) ?? '', maxAgeMs: TICKET_LIFETIME_MS })
          return context.redirect(`/choose-name#${arrival.ticket}`, 302)
        case 'known':
          setCookie(context, parts, arrival.entered)
          return context.redirect(arrival.goTo, 302)
        case 'confirmed':
          return context.redirect('/settings/account?confirmed', 302)
        case 'linked':
          if (arrival.renewed) setCookie(context, parts, arrival.renewed)
          return context.redirect(arrival.goTo, 302)
      }
    }),
  )

  routes.post('/commands/describe-sign-up', async (context) => {
    requireOwnPages(context, parts)
    await spendOne(context, parts)
    const { ticket } = await inputOf(context, 'describe-sign-up')
    return personal(context, await providerSignIn.describe({ ticket, browserKey: travelKey(context, parts) }))
  })

  routes.post('/commands/finish-sign-up', async (context) => {
    requireOwnPages(context, parts)
    await spendOne(context, parts)
    const input = await inputOf(context, 'finish-sign-up')
    const browserKey = travelKey(context, parts)
    const device = deviceName(context.req.header('user-agent'))
    const { token, ...entered } = await providerSignIn.finish({ ...input, browserKey, device })
    await endReplaced(context, parts)
    setCookie(context, parts, { token, expiresAt: entered.expiresAt })
    return personal(context, entered)
  })

  return routes
}

function spendOne(context: Ask, parts: HttpParts): Promise<void> {
  const near = { limit: 'provider-sign-ins', key: addressBlock(context.env.address) } as const
  return spend([near, { limit: 'all-provider-sign-ins', key: '' }], parts)
}

/** These count by a cookie, which any page of the world could make a browser send along. */
function requireOwnPages({ req }: Ask, { origin }: HttpParts): void {
  if (!isOwnOrigin(req.raw.headers, origin)) refuse('origin-refused')
}

/** Whoever comes by following a link or from a provider gets a page, whatever goes wrong. */
async function navigating(context: Ask, parts: HttpParts, work: () => Promise<Response>): Promise<Response> {
  context.header('Cache-Control', 'private, no-store')
  try {
    return await work()
  } catch (error) {
    if (error instanceof SignInProblem || error instanceof Refusal) {
      return context.redirect(failureAddress(error.code, false), 302)
    }
    parts.metrics.faults += 1
    reportIncident(parts.log, error, { name: `${context.req.method} ${context.req.routePath}` })
    return context.redirect(failureAddress('internal', false), 302)
  }
}

function failureAddress(code: SignInError, isInside: boolean): string {
  return `${isInside ? '/settings/account' : '/sign-in'}?error=${code}`
}

async function begin(
  context: Ask,
  parts: HttpParts,
  ask: Pick<Beginning, 'goTo' | 'invitation' | 'purpose'>,
): Promise<URL> {
  // One key for all that this browser has begun, so that two tabs do not undo each other.
  const known = travelKey(context, parts)
  const browserKey = isToken(known) ? known : newToken()
  const providerId = context.req.param('id') ?? ''
  const url = await parts.providerSignIn.begin({ ...ask, providerId, browserKey, origin: originOf(context, parts) })
  setTravelCookie(context, parts, { key: browserKey, maxAgeMs: SIGN_IN_LIFETIME_MS })
  return url
}

/** Where the provider sends the browser back to: the public address, or this machine's own name for itself. */
function originOf(context: Ask, { origin }: HttpParts): string {
  if (origin !== undefined) return origin
  const { protocol, hostname, host } = new URL(context.req.url)
  if (protocol === 'http:' && isLoopback(hostname)) return `http://${host}`
  throw new SignInProblem('address-needed')
}

async function startOf(context: Ask) {
  const body = await bodyOf(context)
  const at = (name: string) => {
    const value =
      typeof body === 'object' && body !== null && Object.hasOwn(body, name) ? Reflect.get(body, name) : undefined
    if (value !== undefined && typeof value !== 'string') throw invalid([`${name}: not text`])
    return value ?? context.req.query(name)
  }
  const mode = at('mode') ?? 'sign-in'
  if (mode !== 'sign-in' && mode !== 'link' && mode !== 'confirm') throw invalid(['mode: sign-in, link or confirm'])
  return { mode, goTo: at('goTo') ?? context.req.query('then'), invitation: at('invitation') } as const
}

function purposeOf(mode: Purpose['kind'], session: Session | undefined): Purpose {
  if (mode === 'sign-in' || !session) return { kind: 'sign-in' }
  const { id: userId, kind } = session.actor.user
  return mode === 'link' ? { kind: 'link', userId, asGuest: kind === 'guest' } : { kind: 'confirm', userId }
}

function sessionOf(context: Ask, { accounts, origin }: HttpParts): Promise<Session | undefined> {
  const token = cookieOf(context.req.raw.headers, sessionCookieName(origin))
  return token === undefined ? Promise.resolve(undefined) : accounts.authenticate(token)
}

function travelKey(context: Ask, { origin }: HttpParts): string | undefined {
  return cookieOf(context.req.raw.headers, travelCookieName(origin))
}

function setTravelCookie(
  context: Ask,
  { origin }: HttpParts,
  { key, maxAgeMs }: { key: string; maxAgeMs: number },
): void {
  context.header('Set-Cookie', travelCookie(key, { origin, maxAgeMs }), { append: true })
}
