import type { Publication } from '../rules/publication.ts'

/** Tells every instance what became true. */
export interface Fanout {
  /** Called after the commit, in the order of commits of each stream. Never throws and never waits. */
  publish(publications: readonly Publication[]): void
  /** Every publication of every instance, this one's included. Returns how to stop. */
  subscribe(listener: (publication: Publication) => void): () => void
  close(): Promise<void>
}
