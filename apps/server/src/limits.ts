/** How often something may happen: `count` in each `perMs`. The count is also the largest burst. */
export interface Rate {
  readonly count: number
  readonly perMs: number
}

/**
 * Generous to a classroom behind one address, strict with each account. `PARLEY_LIMITS` changes single ones, as in
 * `guests=600/min,posts=50/s`. (SPEC H6)
 */
export const DEFAULT_LIMITS = {
  /** New guests from one address block (an IPv4 address, an IPv6 /64). */
  guests: { count: 300, perMs: 60_000 },
  /** New guests from everywhere. */
  'all-guests': { count: 3_000, perMs: 60_000 },
  /** Steps on the way over a sign-in provider, four for each person, from one address block. */
  'provider-sign-ins': { count: 600, perMs: 60_000 },
  /** The same from everywhere. */
  'all-provider-sign-ins': { count: 6_000, perMs: 60_000 },
  /** Passwords set or compared, for people from one neighbourhood of addresses (an IPv4 /24, an IPv6 /64). */
  passwords: { count: 120, perMs: 60_000 },
  /** The same from everywhere. */
  'all-passwords': { count: 1_200, perMs: 60_000 },
  /** Wrong passwords for one handle from one neighbourhood, and of somebody who is signed in. */
  'sign-in-tries': { count: 10, perMs: 15 * 60_000 },
  /** Wrong passwords for one handle from everywhere. */
  'all-sign-in-tries': { count: 100, perMs: 60 * 60_000 },
  /** Links of invitations and of the set-up that are looked at or used, from one neighbourhood. */
  links: { count: 120, perMs: 60_000 },
  /** Commands of one person, over all their connections and over HTTP. */
  posts: { count: 60, perMs: 3_000 },
  /** Everything else a connection asks: queries, opened places, signals; over HTTP, an account's queries. */
  queries: { count: 100, perMs: 2_000 },
} as const satisfies Record<string, Rate>

export type LimitName = keyof typeof DEFAULT_LIMITS
export type Limits = Readonly<Record<LimitName, Rate>>

export const LIMIT_NAMES = Object.keys(DEFAULT_LIMITS)

const UNITS: Record<string, number> = { s: 1_000, min: 60_000, h: 3_600_000 }

/** Reads `name=count/unit,…` over the defaults; `problems` name each part that cannot be read. */
export function readLimits(text: string): { limits: Limits; problems: string[] } {
  const limits: Record<LimitName, Rate> = { ...DEFAULT_LIMITS }
  const problems: string[] = []
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue
    const [, name = '', count = '', unit = ''] = /^([a-z-]+)\s*=\s*(\d{1,9})\s*\/\s*(s|min|h)$/.exec(part) ?? []
    const perMs = UNITS[unit]
    if (!isLimitName(name) || perMs === undefined || Number(count) === 0) problems.push(part)
    else limits[name] = { count: Number(count), perMs }
  }
  return { limits, problems }
}

function isLimitName(name: string): name is LimitName {
  return Object.hasOwn(DEFAULT_LIMITS, name)
}
