import {
  type ClientSignalInput,
  type ClientSignalName,
  type CommandId,
  type CommandInput,
  type CommandName,
  type CommandOutput,
  KEPT_IN_ORDER,
  newId,
  type QueryInput,
  type QueryName,
  type QueryOutput,
  UNKNOWN_OUTCOMES,
} from '@parley/protocol'
import { backoffMs } from './backoff.ts'
import type { Clock } from './clock.ts'
import { type Refusal, RefusalError, WithdrawnError } from './refusal-error.ts'
import type { CallFrame, Requests } from './requests.ts'

export interface CallsOptions {
  readonly clock: Clock
  readonly random: () => number
  readonly requests: Requests
}

/** Of a refusal that says nothing about the outcome, so many repeats are made before the person is told. */
const REPEATS = 3

/** Commands and queries as promises, which stay open over reconnects. */
export class Calls {
  readonly #options: CallsOptions
  readonly #withdraw = new Set<() => void>()
  #queries = 0

  constructor(options: CallsOptions) {
    this.#options = options
  }

  command<Name extends CommandName>(name: Name, input: CommandInput<Name>): Promise<CommandOutput<Name>> {
    const id = newId<CommandId>(this.#options.clock.now())
    // as: the server keeps the protocol; its tests hold every reply against the command's schema
    return this.#ask({ type: 'command', id, name, input }) as Promise<CommandOutput<Name>>
  }

  query<Name extends QueryName>(name: Name, input: QueryInput<Name>): Promise<QueryOutput<Name>> {
    const id = `q${++this.#queries}`
    // as: see `command`
    return this.#ask({ type: 'query', id, name, input }) as Promise<QueryOutput<Name>>
  }

  /** Nobody will answer any more. */
  withdrawAll(): void {
    for (const withdraw of [...this.#withdraw]) withdraw()
  }

  #ask(frame: CallFrame): Promise<unknown> {
    const { requests, clock, random } = this.#options
    return new Promise((resolve, reject) => {
      let failures = 0
      let timer: unknown
      const withdraw = () => {
        clock.clearTimeout(timer)
        requests.forget(frame.id)
        done(() => reject(new WithdrawnError(`${frame.name} was withdrawn`)))
      }
      const done = (settle: () => void) => {
        this.#withdraw.delete(withdraw)
        settle()
      }
      const ask = () =>
        requests.call(
          frame,
          (answer) => {
            if (answer.kind === 'reply') return done(() => resolve(answer.output))
            if (answer.kind === 'cut') return ask()
            const { refusal } = answer
            if (!isUnknown(refusal) || failures >= REPEATS) {
              if (frame.type === 'command' && mayBeWaitedFor(frame, refusal)) requests.withdraw(frame.id)
              return done(() => reject(new RefusalError(refusal)))
            }
            failures += 1
            timer = clock.setTimeout(ask, refusal.retryAfterMs ?? 250 + backoffMs(failures, random))
          },
          { survivesCuts: true },
        )
      this.#withdraw.add(withdraw)
      ask()
    })
  }
}

/** After these the client repeats with the same id; any other refusal is final. (SPEC F2) */
export function isUnknown(refusal: Refusal): boolean {
  return UNKNOWN_OUTCOMES.includes(refusal.code)
}

/** Whether the server may keep later commands of the room waiting for this one. (SPEC F3) */
function mayBeWaitedFor({ name }: CallFrame, { code }: Refusal): boolean {
  return code === 'busy' || KEPT_IN_ORDER.has(name)
}

export type SendSignal = <Name extends ClientSignalName>(name: Name, input: ClientSignalInput<Name>) => void
