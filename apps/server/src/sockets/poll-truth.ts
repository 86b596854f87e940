import { type RoomId, roomOfStream, type SessionId, type StreamId, type UserId } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { Fanout } from '../fanout/fanout.ts'
import type { Peers } from '../fanout/peers.ts'
import type { Publication } from '../rules/publication.ts'
import type { State } from '../state.ts'
import type { LobbyFeed } from './lobby-feed.ts'
import type { People, Person } from './people.ts'
import type { StreamSequencer } from './stream-sequencer.ts'
import { UnheardOthers } from './unheard-others.ts'

export interface PollTruthParts {
  readonly clock: Clock
  readonly fanout: Pick<Fanout, 'isDoubtful' | 'onDoubt'>
  readonly peers: Pick<Peers, 'self' | 'isHeard'>
  readonly state: {
    readonly heads: State['heads']
    readonly truth: Pick<
      State['truth'],
      'closings' | 'endedSessions' | 'changedPeople' | 'noteHere' | 'noteGone' | 'othersHere'
    >
  }
  readonly sequencer: Pick<StreamSequencer, 'streams' | 'heard'>
  readonly people: Pick<People, 'all' | 'sessions'>
  /** Everybody who was named to somebody here, and at which version. */
  named(): ReadonlyMap<UserId, number>
  readonly lobby: Pick<LobbyFeed, 'distrust'>
  /** Tells a person what else may not have been told. */
  makeRight(person: Person): Promise<void>
  /** As if another instance had published it. */
  route(publication: Publication): void
  fault(error: unknown): void
}

const WHEN_WELL_MS = 20_000
/** While other instances may not be heard. Nothing that ends a right may wait longer than 5 s. (SPEC T4) */
const IN_DOUBT_MS = 1_500
const PER_READ = 2_000

/**
 * Asks the database what other instances may have said unheard: how far logs go, which rooms are closed, which sessions ended,
 * who is called otherwise. Seldom when all is well, often while it is doubtful, and at once when something was missed.
 */
export class PollTruth {
  readonly #parts: PollTruthParts
  readonly #stopListening: () => void
  #callOff: (() => void) | undefined
  #isAsking = false
  #mustAskAgain = false
  #isStopped = false
  #hasFailed = false
  readonly #unheard: UnheardOthers
  /** Names of whoever was named here may have changed unheard. */
  #mustAskForAll = false
  #askedForAllAt = Number.NEGATIVE_INFINITY
  /** Who is still to be told what they may not have heard. */
  #toMakeRight: Person[] = []
  #isMakingRight = false

  constructor(parts: PollTruthParts) {
    this.#parts = parts
    const mayHaveMissed = () => {
      this.#mustAskForAll = true
      this.#distrust()
      this.askSoon()
    }
    this.#stopListening = parts.fanout.onDoubt(mayHaveMissed)
    const { clock, peers, state, fault } = parts
    this.#unheard = new UnheardOthers({ clock, peers, truth: state.truth, changed: mayHaveMissed, fault })
    this.askSoon()
  }

  /** Asks at once, or once more if it is asking. */
  askSoon(): void {
    if (this.#isAsking) this.#mustAskAgain = true
    else void this.#ask()
  }

  stop(): void {
    this.#isStopped = true
    this.#callOff?.()
    this.#stopListening()
    this.#toMakeRight = []
    this.#unheard.stop()
  }

  get #isInDoubt(): boolean {
    return this.#parts.fanout.isDoubtful || this.#unheard.areThere
  }

  #wait(): void {
    const isInDoubt = this.#isInDoubt
    this.#callOff = this.#parts.clock.after(isInDoubt || this.#hasFailed ? IN_DOUBT_MS : WHEN_WELL_MS, () => {
      if (isInDoubt) this.#distrust()
      void this.#ask()
    })
  }

  async #ask(): Promise<void> {
    if (this.#isStopped) return
    this.#callOff?.()
    this.#isAsking = true
    try {
      do {
        this.#mustAskAgain = false
        // What ends a right comes first.
        await this.askForSessions()
        await this.#askForStreams()
        await this.#askForPeople()
      } while (this.#mustAskAgain && !this.#isStopped)
      this.#hasFailed = false
    } catch (error) {
      // The database is away: it is asked until it answers, and that it is away is said once.
      if (!this.#hasFailed && !this.#isStopped) this.#parts.fault(error)
      this.#hasFailed = true
    }
    this.#isAsking = false
    if (!this.#isStopped) this.#wait()
  }

  /** Ends the connections of sessions that are no more. Errors: the database does not answer. */
  async askForSessions(): Promise<void> {
    const { people, state, route } = this.#parts
    for (const ids of portions<SessionId>(people.sessions())) {
      for (const sessionId of await state.truth.endedSessions(ids)) route({ kind: 'session-ended', sessionId })
    }
  }

  async #askForStreams(): Promise<void> {
    const { sequencer, state } = this.#parts
    const missing: RoomId[] = []
    for (const streams of portions<StreamId>(sequencer.streams)) {
      const heads = await state.heads(streams)
      sequencer.heard(heads)
      for (const stream of streams) {
        const roomId = heads.has(stream) ? undefined : roomOfStream(stream)
        if (roomId !== undefined) missing.push(roomId)
      }
    }
    for (const ids of portions<RoomId>(missing)) await this.#askForClosings(ids)
  }

  async #askForClosings(ids: readonly RoomId[]): Promise<void> {
    const { state, route } = this.#parts
    for (const closing of await state.truth.closings(ids)) {
      // The name is erased; whoever had the room knows it.
      route({ kind: 'room-closed', roomName: '', memberIds: [], ...closing })
    }
  }

  async #askForPeople(): Promise<void> {
    const { people, state, route, clock } = this.#parts
    const isForAll = this.#mustAskForAll || (this.#isInDoubt && clock.now() - this.#askedForAllAt >= WHEN_WELL_MS)
    const known = new Map(isForAll ? this.#parts.named() : [])
    // What they do is signed with the name that is known here, so these are asked for each time.
    for (const { user } of people.all()) known.set(user.id, Math.min(user.version, known.get(user.id) ?? user.version))
    if (isForAll) this.#mustAskForAll = false
    try {
      for (const some of portions<readonly [UserId, number]>(known)) {
        for (const user of await state.truth.changedPeople(new Map(some))) route({ kind: 'profile', user })
      }
      if (isForAll) this.#askedForAllAt = clock.now()
    } catch (error) {
      this.#mustAskForAll ||= isForAll
      throw error
    }
  }

  /** Of what is no event nobody can say whether it was heard: it is looked at again, person by person. */
  #distrust(): void {
    this.#parts.lobby.distrust()
    if (this.#toMakeRight.length > 0) return
    this.#toMakeRight = [...this.#parts.people.all()]
    if (!this.#isMakingRight) void this.#makeRight()
  }

  async #makeRight(): Promise<void> {
    this.#isMakingRight = true
    for (let person = this.#toMakeRight.pop(); person; person = this.#toMakeRight.pop()) {
      try {
        await this.#parts.makeRight(person)
      } catch (error) {
        if (!this.#isStopped) this.#parts.fault(error)
        this.#toMakeRight = [] // The database is away; the next doubt begins anew.
      }
      // One at a time, and others in between.
      await new Promise(setImmediate)
    }
    this.#isMakingRight = false
  }
}

function* portions<T>(all: Iterable<T>): Iterable<T[]> {
  let portion: T[] = []
  for (const item of all) {
    if (portion.push(item) < PER_READ) continue
    yield portion
    portion = []
  }
  if (portion.length > 0) yield portion
}
