import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Secret } from './secret.ts'

export const SESSION_LIFETIME_MS = 30 * 24 * 60 * 60_000
/** A session that is used is extended at most this often. */
export const SESSION_EXTENDED_EVERY_MS = 24 * 60 * 60_000

/** What identifies a session in the database. */
export function newSessionToken(): string {
  return randomBytes(32).toString('base64url')
}

/** `<token>.<HMAC-SHA256 in base64>`: what nobody but us signed never reaches the database. */
export function signToken(secret: Secret, token: string): string {
  return `${token}.${signature(secret, token)}`
}

/** The token in a signed one, as it stands in a cookie (percent-encoded or not) or a bearer header; undefined unless we signed it. */
export function openToken(secret: Secret, signed: string): string | undefined {
  // A caller's type says "text", but what arrives is whatever somebody sent.
  if (typeof signed !== 'string' || signed.length > LONGEST) return undefined
  const text = signed.includes('%') ? decoded(signed) : signed
  const dot = text.lastIndexOf('.')
  if (dot < 1 || text.length - dot - 1 !== SIGNATURE_LENGTH) return undefined
  const token = text.slice(0, dot)
  return isSame(text.slice(dot + 1), signature(secret, token)) ? token : undefined
}

const LONGEST = 512
const SIGNATURE_LENGTH = 44

function signature(secret: Secret, token: string): string {
  return createHmac('sha256', secret.signingKey).update(token).digest('base64')
}

/** Compares in a time that tells nothing of where two texts differ. */
export function isSame(one: string, other: string): boolean {
  const a = Buffer.from(one)
  const b = Buffer.from(other)
  return a.length === b.length && timingSafeEqual(a, b)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return '' // A percent sign that encodes nothing: not one of ours.
  }
}
