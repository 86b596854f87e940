import { type CommandId, type CommandName, LIMITS, newId, type ParsedInput, UUID_V7 } from '@parley/protocol'
import { commands } from '@parley/protocol/schemas'
import type { Context } from 'hono'
import type { Entered, Session } from '../accounts/accounts.ts'
import { credentialsOf, isOwnOrigin, sessionCookie, sessionCookieName } from '../credentials.ts'
import type { Bucketed, Spending } from '../fanout/shared-limits.ts'
import { Refusal, refuse } from '../rules/refusal.ts'
import type { Env, HttpParts } from './http-parts.ts'

/** One request, as all routes of the API read and answer it. */
export type Ask = Context<Env>

/** Who asks. With a cookie, only from our own pages. Refusals: `not-signed-in`, `origin-refused`. (SPEC H5) */
export async function requireSession(context: Ask, parts: HttpParts): Promise<Session> {
  const credentials = credentialsOf(context.req.raw.headers, sessionCookieName(parts.origin))
  if (!credentials) refuse('not-signed-in')
  if (credentials.via === 'cookie' && !isOwnOrigin(context.req.raw.headers, parts.origin)) refuse('origin-refused')
  return (await parts.accounts.authenticate(credentials.token)) ?? refuse('not-signed-in')
}

/** The command's id comes as `Idempotency-Key`; without one the call cannot be repeated. (SPEC E9) */
export function commandIdOf(context: Ask): CommandId {
  const key = context.req.header('idempotency-key')
  if (key === undefined) return newId<CommandId>()
  if (!UUID_V7.test(key)) throw invalid(['Idempotency-Key: not a UUIDv7 in lower case'])
  return key as CommandId // as: just checked
}

/** The body as this command's input. Refusals: `invalid-input`. */
export async function inputOf<Name extends CommandName>(context: Ask, name: Name): Promise<ParsedInput<Name>> {
  const input = commands[name].input.safeParse(await bodyOf(context))
  if (!input.success) throw invalid(input.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))
  return input.data as ParsedInput<Name> // as: parsed by this command's own schema
}

/** At most 64 KiB of JSON; nothing at all is `{}`. */
export async function bodyOf(context: Ask): Promise<unknown> {
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

/** What is answered at once, however many instances there are. Refusals: `busy`. */
export function limit(buckets: Bucketed, key: string, { clock, metrics }: HttpParts): void {
  refuseFor(buckets.take(key, clock.now()), metrics)
}

/** What other instances let pass counts before this is answered. Refusals: `busy`. */
export async function spend(spendings: readonly Spending[], { limits, metrics }: HttpParts): Promise<void> {
  refuseFor(await limits.take(spendings), metrics)
}

function refuseFor(retryAfterMs: number, metrics: HttpParts['metrics']): void {
  if (retryAfterMs === 0) return
  metrics.busy += 1
  throw new Refusal('busy', { retryAfterMs })
}

export function setCookie(
  context: Ask,
  { origin, clock }: HttpParts,
  { token, expiresAt }: Pick<Entered, 'token' | 'expiresAt'>,
): void {
  context.header('Set-Cookie', sessionCookie(token, { origin, maxAgeMs: expiresAt - clock.now() }))
}

/** Another session takes this one's place in the browser: nobody is left behind who could use it. (SPEC U3) */
export async function endReplaced(context: Ask, { accounts, origin }: HttpParts): Promise<void> {
  const credentials = credentialsOf(context.req.raw.headers, sessionCookieName(origin))
  if (credentials?.via !== 'cookie') return
  const replaced = await accounts.authenticate(credentials.token)
  if (replaced) await accounts.signOut(replaced.actor)
}

/** An answer for this person alone. */
export function personal(context: Ask, body: unknown): Response {
  context.header('Cache-Control', 'private, no-store')
  return context.json(body as object) // as: outputs are objects; Hono wants to see that they are JSON
}

export function invalid(issues: readonly string[]): Refusal {
  return new Refusal('invalid-input', { details: { issues: issues.slice(0, 5) } })
}
