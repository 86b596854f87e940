import type { ClientFrame, LobbySnapshot, SignalOf, User } from '@parley/protocol'
import type { Clock } from './clock.ts'
import { applyLobbySignal, type LobbyState, lobbyFromSnapshot, lobbyView } from './lobby-view.ts'
import { type Observable, Variable } from './observable.ts'
import type { LobbyView } from './views.ts'

export interface LobbyFeedOptions {
  readonly clock: Clock
  send(frame: ClientFrame): boolean
  learn(users: readonly User[]): void
}

const GRACE_MS = 1_000
const OPEN_WITHIN_MS = 5_000

/** The lobby: a snapshot, then whole-entry replacements. Kept, but stale, while another place is open. */
export class LobbyFeed {
  readonly #options: LobbyFeedOptions
  readonly #view = new Variable<LobbyView | undefined>(undefined)
  #state: LobbyState | undefined
  #isCurrent = false
  /** A signal was lost, and with it an entry: the version alone does not show it. */
  #hasHole = false
  #openSentAt = 0
  #graceTimer: unknown

  constructor(options: LobbyFeedOptions) {
    this.#options = options
  }

  get view(): Observable<LobbyView | undefined> {
    return this.#view
  }

  resume(): void {
    this.#openSentAt = this.#options.clock.now()
    this.#options.send({ type: 'open', place: { kind: 'lobby' } })
  }

  pause(): void {
    this.#options.clock.clearTimeout(this.#graceTimer)
    this.#isCurrent = false
    this.#publish()
  }

  forget(): void {
    this.#state = undefined
    this.#isCurrent = false
    this.#view.set(undefined)
  }

  reset(snapshot: LobbySnapshot): void {
    this.#learn(snapshot.rooms)
    this.#state = lobbyFromSnapshot(snapshot)
    this.#isCurrent = true
    this.#hasHole = false
    this.#publish()
  }

  heard(signal: SignalOf<'lobby'>): void {
    if (!this.#state) return
    this.#learn(signal.rooms)
    this.#hasHole ||= signal.version > this.#state.version + 1
    const next = applyLobbySignal(this.#state, signal)
    if (next === this.#state) return
    this.#state = next
    this.#publish()
    if (this.#hasHole) this.#resumeInTime()
  }

  compareVersion(version: number | undefined): void {
    const { clock } = this.#options
    if (!this.#isCurrent || this.#hasHole) {
      this.#resumeInTime()
      return
    }
    if (version === undefined || version === this.#state?.version) return
    clock.clearTimeout(this.#graceTimer)
    this.#graceTimer = clock.setTimeout(() => {
      if (this.#isCurrent && this.#state && this.#state.version < version) this.resume()
    }, GRACE_MS)
  }

  /** At most every few seconds, because everybody here lost it, too; the next signal or heartbeat tries again. */
  #resumeInTime(): void {
    if (this.#options.clock.now() - this.#openSentAt > OPEN_WITHIN_MS) this.resume()
  }

  #learn(rooms: readonly { readonly faces: readonly User[] }[]): void {
    this.#options.learn(rooms.flatMap((room) => room.faces))
  }

  #publish(): void {
    if (this.#state) this.#view.set(lobbyView(this.#state, !this.#isCurrent))
  }
}
