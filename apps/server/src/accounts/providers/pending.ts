import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { newId } from '@parley/protocol'
import type { Reader, Writer } from '../../storage/database.ts'
import { statement } from '../../storage/statement.ts'

/** Long enough to sign in at a provider, second factor included. */
export const SIGN_IN_LIFETIME_MS = 10 * 60_000
/** Long enough to think of a name. */
export const TICKET_LIFETIME_MS = 30 * 60_000

type Kind = 'sign-in' | 'ticket'

/**
 * Things kept while somebody is on the way, each found and opened only by a token that they bring back: the database holds the
 * token's digest and what the token encrypts, so whoever reads it learns neither verifiers nor who is coming. (SPEC P2)
 */
export interface NewPending {
  readonly id: string
  readonly identifier: string
  readonly value: string
  readonly at: number
  readonly expiresAt: number
}

export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** Whether text could be one of our tokens. */
export function isToken(text: string | undefined): text is string {
  return text !== undefined && /^[\w-]{43}$/.test(text)
}

export function digestOfToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

/** Whether this key is the one that was noted as a digest. */
export function isSameBrowser({ browser }: { readonly browser: string }, key: string | undefined): boolean {
  return isToken(key) && digestOfToken(key) === browser
}

export function seal(kind: Kind, token: string, held: { what: object; at: number; lifetimeMs: number }): NewPending {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', keyOf(kind, token), nonce)
  const sealed = Buffer.concat([cipher.update(JSON.stringify(held.what), 'utf8'), cipher.final()])
  return {
    id: newId(),
    identifier: identifierOf(kind, token),
    value: Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url'),
    at: held.at,
    expiresAt: held.at + held.lifetimeMs,
  }
}

export async function keep(writer: Writer, pending: NewPending): Promise<void> {
  await writer.run(insertPending, pending)
}

/** Gives it once: of two who bring the same token only one gets it. */
export async function take(writer: Writer, kind: Kind, token: string, now: number): Promise<unknown> {
  const row = await writer.first(deletePending, { identifier: identifierOf(kind, token) })
  return row && row.expires_at > now ? openPending(kind, token, row.value) : undefined
}

export async function read(reader: Reader, kind: Kind, token: string, now: number): Promise<unknown> {
  const row = await reader.first(selectPending, { identifier: identifierOf(kind, token) })
  return row && row.expires_at > now ? openPending(kind, token, row.value) : undefined
}

function openPending(kind: Kind, token: string, value: string): unknown {
  const bytes = Buffer.from(value, 'base64url')
  const cipher = createDecipheriv('aes-256-gcm', keyOf(kind, token), bytes.subarray(0, 12))
  cipher.setAuthTag(bytes.subarray(12, 28))
  return JSON.parse(Buffer.concat([cipher.update(bytes.subarray(28)), cipher.final()]).toString('utf8'))
}

function identifierOf(kind: Kind, token: string): string {
  return `${kind}:${digestOfToken(token)}`
}

function keyOf(kind: Kind, token: string): Buffer {
  return Buffer.from(hkdfSync('sha256', token, '', `parley pending ${kind}`, 32))
}

const insertPending = statement<NewPending>(({ db, params }) =>
  db
    .insertInto('verifications')
    .values({
      id: params.id,
      identifier: params.identifier,
      value: params.value,
      expires_at: params.expiresAt,
      created_at: params.at,
      updated_at: params.at,
    })
    // A transaction that is repeated because the answer to its commit was lost finds its own row here.
    .onConflict((conflict) => conflict.column('id').doNothing()),
)

const deletePending = statement<{ identifier: string }, { value: string; expires_at: number }>(({ db, params }) =>
  db.deleteFrom('verifications').where('identifier', '=', params.identifier).returning(['value', 'expires_at']),
)

const selectPending = statement<{ identifier: string }, { value: string; expires_at: number }>(({ db, params }) =>
  db.selectFrom('verifications').select(['value', 'expires_at']).where('identifier', '=', params.identifier),
)
