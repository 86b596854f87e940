import { roomStream, type UserId } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { Fanout } from '../fanout/fanout.ts'
import type { Peers } from '../fanout/peers.ts'
import type { Metrics } from '../metrics.ts'
import type { Publication } from '../rules/publication.ts'
import type { State } from '../state.ts'
import { NamedPeople } from './named-people.ts'
import type { Occupancy } from './occupancy.ts'
import { PollTruth, type PollTruthParts } from './poll-truth.ts'
import { StandStill } from './stand-still.ts'
import { StreamSequencer } from './stream-sequencer.ts'
import type { WriteTurn } from './write-turn.ts'

interface AmongOthersParts {
  readonly peers: Peers
  readonly fanout: Fanout
  readonly state: State
  readonly occupancy: Occupancy
  readonly clock: Clock
  readonly turn: WriteTurn
  readonly metrics: Metrics
  /** Takes what was published, in order. */
  route(publication: Publication): void
  fault(error: unknown): void
}

/** What an instance among others does besides: puts into order what they say, and looks for what they may have said unheard. */
export class AmongOthers {
  readonly sequencer: StreamSequencer
  /** Whose new names may not be heard. */
  readonly named = new NamedPeople()
  readonly #parts: AmongOthersParts
  #truth: PollTruth | undefined
  #standStill: StandStill | undefined

  constructor(parts: AmongOthersParts) {
    this.#parts = parts
    const { clock, fanout, state, metrics, fault } = parts
    this.sequencer = new StreamSequencer({
      clock,
      fanout,
      state,
      forward: (publication) => this.#route(publication),
      vanished: () => this.#truth?.askSoon(),
      gap: () => {
        metrics.gaps += 1
      },
      fault,
    })
  }

  /** Begins to ask the truth for all that concerns those who are connected. */
  begin(about: Pick<PollTruthParts, 'people' | 'lobby' | 'makeRight'>): void {
    const { clock, fanout, peers, state, turn, fault } = this.#parts
    const { sequencer } = this
    const named = () => this.#everybodyNamed()
    const route = (publication: Publication) => this.#route(publication)
    const truth = new PollTruth({ ...about, clock, fanout, peers, state, sequencer, named, route, fault })
    const askForSessions = () => truth.askForSessions()
    const standStill = new StandStill({ clock, askForSessions, awake: () => turn.goOn(), fault })
    turn.holdWhile(() => standStill.isWaking)
    this.#truth = truth
    this.#standStill = standStill
  }

  /** Something was published, here or elsewhere. */
  take(publication: Publication): void {
    if (publication.kind === 'events') this.sequencer.take(publication)
    else if (!this.#isTooEarly(publication)) this.#parts.route(publication)
  }

  stop(): void {
    this.#truth?.stop()
    this.#standStill?.stop()
    this.sequencer.stop()
  }

  /**
   * Who types somewhere may do so after a removal that was not heard of here yet: it is shown to nobody before that. Clients
   * repeat it.
   */
  #isTooEarly(publication: Publication): boolean {
    return publication.kind === 'typing' && !this.sequencer.reaches(roomStream(publication.roomId), publication.head)
  }

  #everybodyNamed(): ReadonlyMap<UserId, number> {
    this.named.note(this.#parts.occupancy.everybody())
    return this.named.versions
  }

  /** What one publication gets wrong must not keep the next ones back. */
  #route(publication: Publication): void {
    try {
      this.#parts.route(publication)
    } catch (error) {
      this.#parts.fault(error)
    }
  }
}
