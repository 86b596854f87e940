import type { Seq } from '@parley/protocol'

export interface Progress<E> {
  /** Not yet applied and following the cursor without a hole. */
  readonly fresh: readonly E[]
  /** Something before the rest is missing: ask for what comes after the cursor. */
  readonly hasGap: boolean
}

/** What of a frame is next: what was applied already is dropped, and nothing after a hole may be applied. (SPEC E5) */
export function progress<E extends { readonly seq: Seq }>(cursor: Seq, events: readonly E[]): Progress<E> {
  const fresh: E[] = []
  let expected = cursor + 1
  for (const event of events) {
    if (event.seq < expected) continue
    if (event.seq > expected) return { fresh, hasGap: true }
    fresh.push(event)
    expected += 1
  }
  return { fresh, hasGap: false }
}
