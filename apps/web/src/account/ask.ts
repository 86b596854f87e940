import { type Refusal, RefusalError, UnreachableError } from '@parley/client'
import {
  type CommandId,
  type CommandInput,
  type CommandName,
  type CommandOutput,
  newId,
  type QueryInput,
  type QueryName,
  type QueryOutput,
  REFUSALS,
  type RefusalCode,
} from '@parley/protocol'

const ANSWER_WITHIN_MS = 20_000

/** A command over HTTP, as whoever the cookie says. Rejects with RefusalError or UnreachableError. */
export async function command<Name extends CommandName>(
  name: Name,
  input: CommandInput<Name>,
  id: CommandId = newId(),
): Promise<CommandOutput<Name>> {
  return (await ask('POST', `/api/commands/${name}`, input, id)) as CommandOutput<Name> // as: what this command answers
}

/** A query over HTTP. Rejects with RefusalError or UnreachableError. */
export async function query<Name extends QueryName>(name: Name, input: QueryInput<Name>): Promise<QueryOutput<Name>> {
  return (await ask('POST', `/api/queries/${name}`, input)) as QueryOutput<Name> // as: what this query answers
}

export async function ask(method: 'GET' | 'POST', path: string, body?: object, id?: CommandId): Promise<unknown> {
  try {
    const response = await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(id && { 'idempotency-key': id }),
      },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      ...(body && { body: JSON.stringify(body) }),
    })
    const answer: unknown = await response.json()
    if (response.ok) return answer
    throw toRefusal(answer) ?? new UnreachableError(`The server answered ${response.status}.`)
  } catch (error) {
    if (error instanceof RefusalError || error instanceof UnreachableError) throw error
    throw new UnreachableError('The server could not be reached.', { cause: error })
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
