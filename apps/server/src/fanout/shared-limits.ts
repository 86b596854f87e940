import { createHash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { LimitName, Limits, Rate } from '../limits.ts'
import { TokenBuckets } from '../token-bucket.ts'
import type { RedisLink } from './redis-link.ts'

/** One of what a limit counts, for this account, handle or address. */
export interface Spending {
  readonly limit: LimitName
  readonly key: string
}

interface Charge {
  readonly spending: Spending
  times: number
}

/** Decides at once. */
export interface Bucketed {
  /** 0 when one may pass now, else in how many milliseconds the next may. */
  take(key: string, now: number): number
}

interface SharedLimitsParts {
  readonly limits: Limits
  readonly clock: Clock
  /** Where the instances of this deployment count together; without it, this one counts alone. */
  readonly redis?: RedisLink | undefined
}

/** Redis is asked for so long; then what is known here decides. */
const LONGEST_ASK_MS = 200
/** What was let pass here is told at once, but seldom more often than this. */
const CHARGE_GAP_MS = 10
/** So much of a burst is told of before that. */
const PART_OF_BURST = 1 / 8
const KEYS_PER_CHARGE = 200

/**
 * How often things may happen, over all instances. Each counts in buckets of its own, and lets nothing pass that they do not;
 * together they count in Redis, which is asked first where it matters (`take`), and told soon after where an answer must not
 * wait (`soon`). What lies there goes by itself. While Redis is away, each instance counts alone. (SPEC H6)
 */
export class SharedLimits {
  readonly #parts: SharedLimitsParts
  readonly #buckets = new Map<LimitName, TokenBuckets>()
  /** What was let pass here, still to be counted in Redis. */
  #charges = new Map<string, Charge>()
  #callOffCharging: (() => void) | undefined
  #isChargingThisTurn = false
  #chargedAt = Number.NEGATIVE_INFINITY

  constructor(parts: SharedLimitsParts) {
    this.#parts = parts
  }

  /**
   * For what must be answered at once: what others let pass is felt after 10 ms and a round trip to Redis. Each instance may
   * let a whole burst pass before that; all of it is counted, and whatever was too much is waited for. (SPEC T8)
   */
  soon(limit: LimitName): Bucketed {
    const buckets = this.#of(limit)
    return {
      take: (key, now) => {
        const waitMs = buckets.take(key, now)
        if (waitMs === 0) this.#charge({ limit, key }, 1)
        return waitMs
      },
    }
  }

  /** Takes one of each, or answers with the milliseconds to wait for the first that is used up; those before it are taken. */
  async take(spendings: readonly Spending[]): Promise<number> {
    const { clock } = this.#parts
    for (const { limit, key } of spendings) {
      const waitMs = this.#of(limit).take(key, clock.now())
      if (waitMs > 0) return waitMs
    }
    const asked = spendings.map((spending) => ({ spending, times: 1 }))
    const [waitMs = 0, index = 0] = (await this.#ask('ask', asked)) ?? []
    const used = spendings[index]
    if (used && waitMs > 0) this.#of(used.limit).drain(used.key, waitMs, clock.now())
    return waitMs
  }

  /** What was taken was not needed after all. */
  giveBack(spendings: readonly Spending[]): void {
    for (const spending of spendings) {
      this.#of(spending.limit).giveBack(spending.key, this.#parts.clock.now())
      this.#charge(spending, -1)
    }
  }

  /** Resolves when what was let pass so far is counted in Redis. */
  async settled(): Promise<void> {
    await this.#chargeAll()
  }

  stop(): void {
    this.#callOffCharging?.()
    this.#callOffCharging = undefined
  }

  #of(limit: LimitName): TokenBuckets {
    const known = this.#buckets.get(limit)
    if (known) return known
    const fresh = new TokenBuckets(this.#parts.limits[limit])
    this.#buckets.set(limit, fresh)
    return fresh
  }

  #charge(spending: Spending, times: number): void {
    const { redis, clock, limits } = this.#parts
    if (!redis?.isUp) return
    const name = nameOf(spending)
    const charge = this.#charges.get(name)
    if (charge) charge.times += times
    else this.#charges.set(name, { spending, times })
    const unsaid = charge ? charge.times : times
    if (unsaid >= limits[spending.limit].count * PART_OF_BURST) this.#chargeThisTurn()
    if (this.#callOffCharging) return
    // Never longer than the gap: the clock may have been set back since.
    const waitMs = Math.max(0, Math.min(CHARGE_GAP_MS, this.#chargedAt + CHARGE_GAP_MS - clock.now()))
    this.#callOffCharging = clock.after(waitMs, () => void this.#chargeAll())
  }

  #chargeThisTurn(): void {
    if (this.#isChargingThisTurn) return
    this.#isChargingThisTurn = true
    setImmediate(() => {
      this.#isChargingThisTurn = false
      if (this.#callOffCharging) void this.#chargeAll()
    })
  }

  async #chargeAll(): Promise<void> {
    this.#callOffCharging?.()
    this.#callOffCharging = undefined
    this.#chargedAt = this.#parts.clock.now()
    const charges = [...this.#charges.values()].filter(({ times }) => times !== 0)
    this.#charges = new Map()
    const pieces: Promise<void>[] = []
    for (let start = 0; start < charges.length; start += KEYS_PER_CHARGE) {
      pieces.push(this.#chargeSome(charges.slice(start, start + KEYS_PER_CHARGE)))
    }
    await Promise.all(pieces)
  }

  async #chargeSome(charges: readonly Charge[]): Promise<void> {
    const { clock, limits } = this.#parts
    const waits = (await this.#ask('charge', charges)) ?? []
    for (const [index, waitMs] of waits.entries()) {
      const spending = charges[index]?.spending
      if (!spending) continue
      const { count, perMs }: Rate = limits[spending.limit]
      // What was let pass since the question is not in the answer.
      const unsaid = this.#charges.get(nameOf(spending))?.times ?? 0
      this.#of(spending.limit).drain(spending.key, waitMs + (unsaid * perMs) / count, clock.now())
    }
  }

  /** What Redis answers; undefined when it does not in time. */
  async #ask(mode: 'ask' | 'charge', charges: readonly Readonly<Charge>[]): Promise<readonly number[] | undefined> {
    const { redis, clock, limits } = this.#parts
    if (!redis?.isUp || charges.length === 0) return undefined
    const keys = charges.map(({ spending }) => keyOf(redis.prefix, spending))
    const rates = charges.flatMap(({ spending, times }) => {
      const { count, perMs }: Rate = limits[spending.limit]
      return [perMs / count, perMs, times]
    })
    let callOff = (): void => undefined
    const late = new Promise<undefined>((resolve) => {
      callOff = clock.after(LONGEST_ASK_MS, () => resolve(undefined))
    })
    const answered = redis.commands.eval(SCRIPT, keys.length, ...keys, mode, ...rates).then(
      (answer) => answer as number[], // as: what the script returns
      // Redis is away: this instance has decided already, and the link says so in the log.
      () => undefined,
    )
    return Promise.race([answered, late]).finally(() => callOff())
  }
}

function nameOf({ limit, key }: Spending): string {
  return `${limit} ${key}`
}

// Digests, because addresses and handles are not to lie about in another program.
function keyOf(prefix: string, { limit, key }: Spending): string {
  return `${prefix}limit:${limit}:${createHash('sha256').update(`${prefix} ${key}`).digest('base64url').slice(0, 22)}`
}

/**
 * The generic cell rate algorithm (ITU-T I.371): of each key it keeps the time at which the bucket will be full again, by the
 * clock of Redis; one that lies further off than can be owed is of a clock that was set back since: two full buckets, and where
 * instances let pass first and tell afterwards a minute at least. `ask` answers {wait, index} for the first key that is used up,
 * after taking from those before it; `charge` counts in any case and answers for each key how long the next has to wait, or
 * below 0 how long ago it need not have.
 */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local waits = {}
for i, key in ipairs(KEYS) do
  local each = tonumber(ARGV[3 * i - 1])
  local most = tonumber(ARGV[3 * i])
  local times = tonumber(ARGV[3 * i + 1])
  local known = tonumber(redis.call('GET', key) or 0)
  local furthest = 2 * most
  if ARGV[1] == 'charge' then furthest = math.max(furthest, 60000) end
  if known > now + furthest then
    known = now + furthest
    redis.call('SET', key, string.format('%.3f', known), 'PX', furthest)
  end
  local full = math.max(now, known) + times * each
  local over = full - now - most
  if ARGV[1] == 'ask' and over > 0.001 then return { math.ceil(over), i - 1 } end
  if full > now then
    redis.call('SET', key, string.format('%.3f', full), 'PX', math.ceil(full - now))
  else
    redis.call('DEL', key)
  end
  waits[i] = math.ceil(over + each)
end
if ARGV[1] == 'ask' then return { 0 } end
return waits
`
