import { LIMITS } from '@parley/protocol'
import { Refusal, refuse } from '../rules/refusal.ts'
import { isTrivialPassword } from './trivial-passwords.ts'

/** How the runtime hashes. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  verify(password: string, hash: string): Promise<boolean>
}

/** Each hash takes 19 MiB while it is made, so few are made at once, and a flood of sign-ins waits or is turned away. */
const AT_ONCE = 2
const WAITING = 64
const RETRY_AFTER_MS = 1_000

/** Hashes and compares passwords, a few at a time. Refusals: `busy`. */
export class Passwords {
  readonly #hasher: PasswordHasher
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(hasher: PasswordHasher) {
    this.#hasher = hasher
  }

  hash(password: string): Promise<string> {
    return this.#inTurn(() => this.#hasher.hash(plain(password)))
  }

  /** Without a hash it takes as long and is false, so that the time does not tell whom we know. (SPEC U2) */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const text = plain(password)
    // Nothing can have the empty password, and the hasher refuses to look at it.
    const isEqual = await this.#inTurn(() => this.#hasher.verify(text === '' ? ' ' : text, hash ?? NOBODYS))
    return isEqual && hash !== undefined && text !== ''
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= WAITING) throw new Refusal('busy', { retryAfterMs: RETRY_AFTER_MS })
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else {
      this.#running += 1
    }
    try {
      return await work()
    } finally {
      // The place goes straight to the next in line.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running -= 1
    }
  }
}

/**
 * Refuses a password that is too short, too long, or among the first that an attacker tries: also the person's own name.
 * `about`: handle, name and e-mail address. (SPEC U1)
 */
export function requireGoodPassword(password: string, about: readonly string[]): void {
  const text = plain(password)
  const length = [...text].length
  if (length < LIMITS.passwordLeast) refuse('password-too-short')
  if (length > LIMITS.passwordMost) refuse('password-too-long')
  if (isTrivialPassword(text, about)) refuse('password-too-common')
}

/** Devices disagree about how accented letters are made up; the same keys give the same password. */
const plain = (password: string): string => password.toWellFormed().normalize('NFKC')

/** The hash of 32 random bytes that nobody kept. */
const NOBODYS =
  '$argon2id$v=19$m=19456,t=2,p=1$1df5Rzlvu2LklWaoCjP5922/eDoG+O30OpzaYxLoftQ$eM10vMxLWExgDQVRHpe5U2iZkAlBdFihIoBla0MvIzw'
