import type { StreamId } from '@parley/protocol'
import type { Publication } from '../rules/publication.ts'
import type { Peers } from './peers.ts'

/** Tells every instance what became true. */
export interface Fanout {
  /**
   * Called after the commit, in the order of this instance's commits of each stream. Whoever listens on this instance hears
   * it at once; the others when it reaches them, and those only that follow the stream. Never throws and never waits.
   */
  publish(publications: readonly Publication[]): void
  /** Every publication of this instance, and those of others that concern streams followed here. Returns how to stop. */
  subscribe(listener: (publication: Publication) => void): () => void
  /**
   * News of these streams is wanted from now on; counted, so each call wants its `unfollow`. Resolves when nothing that is
   * published later can be missed, or at once when that cannot be promised now (`isDoubtful`); undefined: nothing to wait for.
   */
  follow(streams: readonly StreamId[]): Promise<void> | undefined
  unfollow(streams: readonly StreamId[]): void
  /** What others publish may not arrive: the truth is to be asked every two seconds. Always false for a single instance. */
  readonly isDoubtful: boolean
  /** Called when `isDoubtful` changed, and with `true` again whenever something is known to have been missed. */
  onDoubt(listener: (isDoubtful: boolean) => void): () => void
  /** The other instances; undefined when there is one only. */
  readonly peers?: Peers
  close(): Promise<void>
}
