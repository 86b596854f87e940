import type { UserId } from '@parley/protocol'
import type { Accounts, Session } from '../accounts/accounts.ts'
import type { Clock } from '../clock.ts'
import type { Fanout } from '../fanout/fanout.ts'
import type { Bucketed } from '../fanout/shared-limits.ts'
import { reportIncident } from '../incident.ts'
import type { Limits } from '../limits.ts'
import type { Log } from '../log.ts'
import type { Metrics } from '../metrics.ts'
import { problem } from '../problem.ts'
import type { Socket, SocketListener } from '../runtime/socket.ts'
import type { State } from '../state.ts'
import { TokenBuckets } from '../token-bucket.ts'
import { admit } from './accept.ts'
import { Connection, type ConnectionParts } from './connection.ts'
import { encodeFrame } from './encode-frame.ts'
import { Heartbeats } from './heartbeat.ts'
import { Hub } from './hub.ts'
import type { Occupancy } from './occupancy.ts'
import { WriteTurn } from './write-turn.ts'

export interface LiveSocketsParts {
  readonly state: State
  readonly accounts: Accounts
  readonly fanout: Fanout
  readonly occupancy: Occupancy
  readonly clock: Clock
  readonly limits: Limits
  /** Commands, by person; asking over HTTP takes from the same. Default: as `limits` says, on this instance alone. (SPEC H6) */
  readonly posts?: Bucketed
  readonly log: Log
  readonly metrics: Metrics
  /** The public address; unset: whatever address was asked. */
  readonly origin: string | undefined
  readonly build: string
}

/**
 * After `goodbye`, clients come back spread over this time, so that the next server is not run over: so much for each of them,
 * which is about what greeting somebody and showing them their room costs, and so long at least.
 */
const COME_BACK_WITHIN_MS = 2_000
const COME_BACK_EACH_MS = 1
const LONGEST_FINISH_MS = 5_000
/** Connections of one person at once: more tabs than anybody has, fewer than would harm others. */
const MOST_PER_PERSON = 100

/** All live connections of this instance: lets them in, and sees them off. */
export class LiveSockets {
  readonly #parts: LiveSocketsParts
  readonly #connections = new Set<Connection>()
  readonly #perPerson = new Map<UserId, number>()
  readonly #hub: Hub
  readonly #heartbeats: Heartbeats
  readonly #shared: ConnectionParts
  #isDraining = false

  constructor(parts: LiveSocketsParts) {
    const { state, fanout, occupancy, clock, metrics, log } = parts
    const fault = (error: unknown) => {
      metrics.faults += 1
      reportIncident(log, error, { name: 'delivery' })
    }
    this.#parts = parts
    const turn = new WriteTurn()
    this.#hub = new Hub({ state, fanout, occupancy, clock, turn, metrics, fault })
    this.#heartbeats = new Heartbeats(clock)
    const posts = parts.posts ?? new TokenBuckets(parts.limits.posts)
    const gone = (connection: Connection) => {
      if (this.#connections.delete(connection)) this.#count(connection.actor.user.id, -1)
    }
    this.#shared = { ...parts, posts, hub: this.#hub, heartbeats: this.#heartbeats, turn, gone }
  }

  /** Decides about a request for a socket. */
  async accept(request: Request): Promise<Response | ((socket: Socket) => SocketListener)> {
    if (this.#isDraining) return problem('busy', { status: 503, retryAfterMs: COME_BACK_WITHIN_MS })
    const session = await admit(request, this.#parts)
    if (session instanceof Response) return session
    const userId = session.actor.user.id
    if ((this.#perPerson.get(userId) ?? 0) >= MOST_PER_PERSON) {
      return problem('busy', { retryAfterMs: COME_BACK_WITHIN_MS })
    }
    return this.#listener(session)
  }

  /** Apart from `accept`: made within, it would keep the whole request for as long as the socket lives, which is 1 KB each. */
  #listener(session: Session): (socket: Socket) => SocketListener {
    return (socket) => {
      const connection = new Connection(socket, session, this.#shared)
      this.#connections.add(connection)
      this.#count(connection.actor.user.id, 1)
      return connection
    }
  }

  #count(userId: UserId, change: 1 | -1): void {
    const count = (this.#perPerson.get(userId) ?? 0) + change
    if (count > 0) this.#perPerson.set(userId, count)
    else this.#perPerson.delete(userId)
  }

  /** Says goodbye to everybody, lets what was asked be answered, then closes. */
  async drain(): Promise<void> {
    const { clock } = this.#parts
    this.#isDraining = true
    const withinMs = Math.max(COME_BACK_WITHIN_MS, this.#connections.size * COME_BACK_EACH_MS)
    for (const connection of this.#connections) {
      connection.send(encodeFrame({ type: 'goodbye', reconnectAfterMs: Math.floor(100 + Math.random() * withinMs) }))
    }
    const deadline = clock.now() + LONGEST_FINISH_MS
    const isBusy = () => [...this.#connections].some((connection) => !connection.isIdle)
    // One pause at least: what clients sent before they heard the goodbye is on its way here.
    do await new Promise<void>((resolve) => clock.after(50, resolve))
    while (isBusy() && clock.now() < deadline)
    for (const connection of this.#connections) connection.end('restarting')
    this.#heartbeats.stop()
    this.#hub.stop()
    // The last frames leave at the end of the turn.
    await new Promise<void>((resolve) => clock.after(20, resolve))
  }
}
