const HOUR = 60 * 60_000
const DAY = 24 * HOUR

export type Duration = 'hour' | 'day' | 'week' | 'ever'

/** Epoch ms; undefined: until somebody ends it. */
export function endOf(duration: Duration, now: number): number | undefined {
  switch (duration) {
    case 'hour':
      return now + HOUR
    case 'day':
      return now + DAY
    case 'week':
      return now + 7 * DAY
    case 'ever':
      return undefined
  }
}
