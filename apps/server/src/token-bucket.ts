import type { Rate } from './limits.ts'

/** Lets `rate.count` pass at once and refills evenly, `rate.count` in each `rate.perMs`. */
export class TokenBucket {
  readonly #rate: Rate
  #tokens: number
  #filledAt: number

  constructor(rate: Rate, now: number) {
    this.#rate = rate
    this.#tokens = rate.count
    this.#filledAt = now
  }

  /** 0 when one may pass now, else in how many milliseconds the next may. */
  take(now: number): number {
    const { count, perMs } = this.#rate
    this.#fill(now)
    if (this.#tokens >= 1) {
      this.#tokens -= 1
      return 0
    }
    return Math.ceil(((1 - this.#tokens) * perMs) / count)
  }

  /** What was taken was not needed after all. */
  giveBack(): void {
    this.#tokens = Math.min(this.#rate.count, this.#tokens + 1)
  }

  /** As others know, the next may pass only after so long; below 0, so long ago. */
  drain(waitMs: number, now: number): void {
    const { count, perMs } = this.#rate
    this.#fill(now)
    this.#tokens = Math.min(this.#tokens, 1 - (waitMs * count) / perMs)
  }

  #fill(now: number): void {
    const { count, perMs } = this.#rate
    if (now > this.#filledAt) {
      this.#tokens = Math.min(count, this.#tokens + ((now - this.#filledAt) * count) / perMs)
    }
    this.#filledAt = now
  }

  /** True when it would be as good as a new one, so that it need not be kept. */
  isFull(now: number): boolean {
    return this.#tokens + ((now - this.#filledAt) * this.#rate.count) / this.#rate.perMs >= this.#rate.count
  }
}

const MOST_KEYS = 100_000

/** One bucket per key, such as an account or an address block. Full ones are forgotten. */
export class TokenBuckets {
  readonly #rate: Rate
  readonly #buckets = new Map<string, TokenBucket>()
  #sweptAt = 0

  constructor(rate: Rate) {
    this.#rate = rate
  }

  take(key: string, now: number): number {
    this.#sweep(now)
    let bucket = this.#buckets.get(key)
    if (!bucket) {
      bucket = new TokenBucket(this.#rate, now)
      this.#buckets.set(key, bucket)
    }
    return bucket.take(now)
  }

  drain(key: string, waitMs: number, now: number): void {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#rate, now)
    this.#buckets.set(key, bucket)
    bucket.drain(waitMs, now)
  }

  giveBack(key: string, now: number): void {
    const bucket = this.#buckets.get(key)
    bucket?.giveBack()
    if (bucket?.isFull(now)) this.#buckets.delete(key)
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < this.#rate.perMs && this.#buckets.size < MOST_KEYS) return
    this.#sweptAt = now
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(key)
    // Whoever has a whole network of addresses must not fill the memory, nor make every request look through all of them.
    let excess = this.#buckets.size - MOST_KEYS / 2
    if (this.#buckets.size < MOST_KEYS) return
    for (const key of this.#buckets.keys()) {
      if (excess-- <= 0) return
      this.#buckets.delete(key)
    }
  }
}
