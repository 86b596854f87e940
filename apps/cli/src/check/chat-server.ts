import {
  type CommandInput,
  type CommandName,
  type CommandOutput,
  newId,
  type QueryInput,
  type QueryName,
  type QueryOutput,
  REFUSALS,
  type RefusalCode,
  type RefusalDetails,
  UNKNOWN_OUTCOMES,
} from '@parley/protocol'
import type { Pace } from './pace.ts'
import { pause } from './wait-for.ts'

export interface Refused {
  readonly code: RefusalCode
  readonly message: string
  readonly retryAfterMs?: number | undefined
  readonly details?: RefusalDetails | undefined
}

/** `away`: no answer of a Parley came; `cause` is what came instead. */
export type Answer<Output> =
  | { readonly kind: 'reply'; readonly output: Output }
  | { readonly kind: 'refused'; readonly refusal: Refused }
  | { readonly kind: 'away'; readonly cause: unknown }

export interface Ask {
  readonly token?: string | undefined
  /** Of a command; the same one is the same command. Default: a new one. */
  readonly id?: string
}

const ANSWER_WITHIN_MS = 15_000

/** The server that is checked, as a stranger reaches it over HTTP: every request on a connection of its own. */
export class ChatServer {
  readonly url: string
  readonly #pace: Pace

  constructor(url: string, pace: Pace) {
    this.url = url
    this.#pace = pace
  }

  get(path: string, token?: string): Promise<Answer<unknown>> {
    return this.#ask(path, { headers: authorization(token) })
  }

  /** Once; whoever cannot bear not to know asks again with the same id. */
  command<Name extends CommandName>(
    name: Name,
    input: CommandInput<Name>,
    { token, id = newId() }: Ask = {},
  ): Promise<Answer<CommandOutput<Name>>> {
    // as: the output of this command, or what is said of it shows that the server is another one
    return this.#ask(`/api/commands/${name}`, {
      method: 'POST',
      headers: { ...authorization(token), 'content-type': 'application/json', 'idempotency-key': id },
      body: JSON.stringify(input),
    }) as Promise<Answer<CommandOutput<Name>>>
  }

  query<Name extends QueryName>(
    name: Name,
    input: QueryInput<Name>,
    token: string,
  ): Promise<Answer<QueryOutput<Name>>> {
    // as: see `command`
    return this.#ask(`/api/queries/${name}`, {
      method: 'POST',
      headers: { ...authorization(token), 'content-type': 'application/json' },
      body: JSON.stringify(input),
    }) as Promise<Answer<QueryOutput<Name>>>
  }

  /** Asks again until the answer is known, waiting as long as the server says; the last answer when time is up. */
  async patiently<Output>(
    ask: () => Promise<Answer<Output>>,
    { withinMs, signal }: { readonly withinMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<Answer<Output>> {
    const deadline = performance.now() + withinMs
    for (let failures = 0; ; failures++) {
      const answer = await ask()
      if (isKnown(answer) || signal?.aborted) return answer
      const said = answer.kind === 'refused' ? answer.refusal.retryAfterMs : undefined
      const waitMs = said ?? Math.min(4_000, 250 * 2 ** failures)
      if (performance.now() + waitMs > deadline) return answer
      await pause(waitMs, signal)
    }
  }

  async #ask(path: string, init: RequestInit): Promise<Answer<unknown>> {
    try {
      const response = await fetch(`${this.url}${path}`, {
        ...init,
        headers: { ...init.headers, connection: 'close' },
        keepalive: false,
        redirect: 'manual',
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      })
      const text = await response.text()
      const body = parsed(text)
      if (response.ok && body !== undefined) return { kind: 'reply', output: body }
      const refusal = refusalIn(body) ?? refusalOfProxy(response)
      if (refusal?.code === 'busy') this.#pace.slowDown()
      if (refusal) return { kind: 'refused', refusal }
      return { kind: 'away', cause: new NotParley(response, text) }
    } catch (cause) {
      return { kind: 'away', cause }
    }
  }
}

/** Something answered that is no Parley: a proxy's page, another program. */
export class NotParley extends Error {
  readonly status: number
  readonly location: string | null

  constructor(response: Response, text: string) {
    super(`${response.status}: ${text.slice(0, 80)}`)
    this.status = response.status
    this.location = response.headers.get('location')
  }
}

export const isKnown = (answer: Answer<unknown>): boolean =>
  answer.kind === 'reply' || (answer.kind === 'refused' && !UNKNOWN_OUTCOMES.includes(answer.refusal.code))

const authorization = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` }

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** An RFC 9457 problem with a code of Parley. */
function refusalIn(body: unknown): Refused | undefined {
  if (typeof body !== 'object' || body === null || !('code' in body) || typeof body.code !== 'string') return undefined
  if (!Object.hasOwn(REFUSALS, body.code)) return undefined
  const code = body.code as RefusalCode // as: it is in the list
  const problem = body as { detail?: string; retryAfterMs?: number; details?: RefusalDetails } // as: the server's problem document
  return { code, message: problem.detail ?? REFUSALS[code].message, ...problem }
}

/** A proxy's own limit says as much as the server's. */
function refusalOfProxy({ status, headers }: Response): Refused | undefined {
  if (status !== 429) return undefined
  const seconds = Number(headers.get('retry-after') ?? 1)
  return {
    code: 'busy',
    message: REFUSALS.busy.message,
    retryAfterMs: (Number.isFinite(seconds) ? seconds : 1) * 1_000,
  }
}
