import { createHash, randomBytes } from 'node:crypto'

/** For links: nobody guesses 24 random bytes. */
export function newLinkToken(): string {
  return randomBytes(24).toString('base64url')
}

/** What is kept of a link's token. It was random, so that a plain digest gives nothing away. */
export function digestOf(token: string): string {
  return createHash('sha256').update(`parley link ${token}`).digest('base64url')
}
