const BITS = 32_768

/** A set of whole numbers, a bit each where they lie close together: of a hundred million texts, some 12 MB. */
export class IdSet {
  readonly #blocks = new Map<number, Uint32Array>()

  add(id: number): void {
    const block = Math.floor(id / BITS)
    let bits = this.#blocks.get(block)
    if (!bits) {
      bits = new Uint32Array(BITS / 32)
      this.#blocks.set(block, bits)
    }
    const place = id % BITS
    bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31))
  }

  has(id: number): boolean {
    const place = id % BITS
    const bits = this.#blocks.get(Math.floor(id / BITS))
    return bits !== undefined && ((bits[place >>> 5] ?? 0) & (1 << (place & 31))) !== 0
  }

  /** Those that are not in another one. */
  *without(other: IdSet): Generator<number> {
    for (const [block, bits] of this.#blocks) {
      for (let place = 0; place < BITS; place++) {
        const isHere = ((bits[place >>> 5] ?? 0) & (1 << (place & 31))) !== 0
        if (isHere && !other.has(block * BITS + place)) yield block * BITS + place
      }
    }
  }
}
