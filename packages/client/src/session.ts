import {
  type AccountCommandName,
  type CommandId,
  type CommandInput,
  type CommandOutput,
  newId,
  REFUSALS,
  type RefusalCode,
  type User,
} from '@parley/protocol'
import { isUnknown } from './calls.ts'
import type { Clock } from './clock.ts'
import { type Refusal, RefusalError, UnreachableError } from './refusal-error.ts'

export interface SessionOptions {
  readonly url: string
  readonly token: string | undefined
  readonly clock: Clock
  readonly fetch: typeof fetch
}

interface EnterAttempt {
  readonly name: string
  readonly id: CommandId
  readonly secret: string
}

const ANSWER_WITHIN_MS = 15_000

/** Signing in and out, which happens over HTTP because it makes and ends the session that a socket needs. */
export class Session {
  readonly #options: SessionOptions
  #token: string | undefined
  #attempt: EnterAttempt | undefined

  constructor(options: SessionOptions) {
    this.#options = options
    this.#token = options.token
  }

  headers(): Readonly<Record<string, string>> {
    return this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }
  }

  async whoAmI(): Promise<User | undefined> {
    const { user } = (await this.#ask('GET', '/api/session')) as { user?: User | null } // as: what this route answers
    if (user === undefined) throw new UnreachableError('The answer was not of this server.')
    return user ?? undefined
  }

  /** The same name asked for again is the same command: a lost reply must not make one's own name "taken". (SPEC H1) */
  async enter(name: string): Promise<User> {
    if (this.#attempt?.name !== name)
      this.#attempt = { name, id: newId(this.#options.clock.now()), secret: makeSecret() }
    const { id, secret } = this.#attempt
    const input: CommandInput<'enter'> = { name, secret }
    try {
      // as: the output of `enter`
      const output = (await this.#ask('POST', '/api/commands/enter', { id, input })) as CommandOutput<'enter'>
      this.#token = output.token ?? this.#token
      this.#attempt = undefined
      return output.user
    } catch (error) {
      if (error instanceof RefusalError && !isUnknown(error)) this.#attempt = undefined
      throw error
    }
  }

  /** A command that makes, changes or ends a session. Asking again is a new command. */
  async command<Name extends AccountCommandName>(name: Name, input: CommandInput<Name>): Promise<CommandOutput<Name>> {
    const id = newId<CommandId>(this.#options.clock.now())
    // as: the server keeps the protocol
    const output = (await this.#ask('POST', `/api/commands/${name}`, { id, input })) as CommandOutput<Name>
    if ('token' in output && typeof output.token === 'string') this.#token = output.token
    return output
  }

  async signOut(): Promise<void> {
    await this.#ask('POST', '/api/commands/sign-out', { id: newId(this.#options.clock.now()), input: {} }).catch(
      (error) => {
        if (!(error instanceof RefusalError && error.code === 'not-signed-in')) throw error
      },
    )
    this.#token = this.#options.token
  }

  async #ask(method: 'GET' | 'POST', path: string, command?: { id: CommandId; input: unknown }): Promise<unknown> {
    const { url, clock, fetch } = this.#options
    const giveUp = new AbortController()
    const timer = clock.setTimeout(() => giveUp.abort(), ANSWER_WITHIN_MS)
    try {
      const response = await fetch(`${url}${path}`, {
        method,
        credentials: 'same-origin',
        cache: 'no-store',
        headers: {
          ...this.headers(),
          ...(command ? { 'content-type': 'application/json', 'idempotency-key': command.id } : {}),
        },
        signal: giveUp.signal,
        // Also by a page that is left in the same moment: whoever signed out is out.
        ...(command ? { body: JSON.stringify(command.input), keepalive: true } : {}),
      })
      const body: unknown = await response.json()
      if (response.ok) return body
      throw toRefusal(body) ?? new UnreachableError(`The server answered ${response.status}.`)
    } catch (error) {
      if (error instanceof RefusalError || error instanceof UnreachableError) throw error
      throw new UnreachableError('The server could not be reached.', { cause: error })
    } finally {
      clock.clearTimeout(timer)
    }
  }
}

/** An RFC 9457 problem with a code of ours; a proxy's page has none. */
function toRefusal(body: unknown): RefusalError | undefined {
  if (typeof body !== 'object' || body === null || !('code' in body)) return undefined
  if (typeof body.code !== 'string' || !(body.code in REFUSALS)) return undefined
  const code = body.code as RefusalCode // as: it is in the list
  const problem = body as { detail?: string; retryAfterMs?: number; details?: Refusal['details'] } // as: the server's problem document
  const message = problem.detail ?? REFUSALS[code].message
  return new RefusalError({ code, message, retryAfterMs: problem.retryAfterMs, details: problem.details })
}

function makeSecret(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
