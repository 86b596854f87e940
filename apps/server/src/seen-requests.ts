/** How a request reached this server: who was at the other end, what was forwarded, and who was taken for the one who asks. */
export interface SeenRequest {
  readonly peer: string
  readonly forwarded: string
  readonly address: string
}

const MOST_AWAITED = 16
export const PROBE_HEADER = 'x-parley-probe'

/** Remembers requests that the operator announced over the control socket, and no others: the doctor asks how they arrived. */
export class SeenRequests {
  readonly #awaited = new Map<string, SeenRequest | undefined>()

  expect(probe: string): void {
    if (this.#awaited.size < MOST_AWAITED) this.#awaited.set(probe, undefined)
  }

  note(headers: Headers, { peer, address }: Pick<SeenRequest, 'peer' | 'address'>): void {
    if (this.#awaited.size === 0) return
    const probe = headers.get(PROBE_HEADER)
    if (probe === null || !this.#awaited.has(probe)) return
    this.#awaited.set(probe, { peer, address, forwarded: headers.get('x-forwarded-for') ?? '' })
  }

  /** Nothing when it has not come, or reached another instance. */
  take(probe: string): SeenRequest | undefined {
    const seen = this.#awaited.get(probe)
    this.#awaited.delete(probe)
    return seen
  }
}
