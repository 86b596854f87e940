import { statSync } from 'node:fs'
import { History } from '../../apps/cli/src/check/history.ts'
import type { HistoryEntry } from '../../apps/cli/src/check/history-entry.ts'
import type { Life } from './looks.ts'

/** Knows of each entry how far the server's journal had come when it was written down: what had caused it lies before. */
export class NotedHistory extends History {
  readonly #lives: readonly Life[]
  /** Of every entry but the first, which tells of the run itself. */
  readonly #places: { readonly life: number; readonly at: number }[] = []
  readonly #note: () => void

  constructor(run: { seed: number; convergeWithinMs: number }, lives: readonly Life[]) {
    super({ ...run, isLossy: false })
    this.#lives = lives
    this.#note = () => {
      const journal = this.#lives.at(-1)?.journal ?? ''
      const at = statSync(journal, { throwIfNoEntry: false })?.size ?? 0
      this.#places.push({ life: this.#lives.length - 1, at })
    }
  }

  override add(entry: HistoryEntry): void {
    super.add(entry)
    if (entry.kind !== 'run') this.#note()
  }

  /** What had been seen by then. */
  until(life: number, at: number): HistoryEntry[] {
    const isLater = (place: { life: number; at: number }) => place.life > life || (place.life === life && place.at > at)
    const count = this.#places.findIndex(isLater)
    return this.entries.slice(0, count === -1 ? undefined : count + 1)
  }

  /** Where somebody was told something in that life: right after it is the best moment to cut. */
  toldIn(life: number): number[] {
    const isTold = (index: number) => ['ok', 'delivered', 'read'].includes(this.entries[index + 1]?.kind ?? '')
    return this.#places.flatMap((place, index) => (place.life === life && isTold(index) ? [place.at] : []))
  }
}
