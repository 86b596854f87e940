import { lazily } from '../kit/lazily.ts'

// The page speaks English; of English there is the person's own kind, with their clock. Made when first needed: each of these
// takes a phone some milliseconds, and a room needs none of them at once.
const locale = lazily(() => {
  const own = new Intl.DateTimeFormat().resolvedOptions().locale
  return own.startsWith('en') ? own : 'en-GB'
})
const relative = lazily(() => new Intl.RelativeTimeFormat(locale(), { numeric: 'auto', style: 'short' }))
const exact = lazily(() => new Intl.DateTimeFormat(locale(), { dateStyle: 'long', timeStyle: 'short' }))
const sameYear = lazily(() => new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'short' }))
const otherYear = lazily(() => new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'short', year: 'numeric' }))

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** "just now", "5 min. ago", "yesterday", "3 May": how long ago, as rough as people say it. Times in epoch ms. */
export function timeAgo(at: number, now: number): string {
  const ago = Math.max(0, now - at)
  if (ago < 45_000) return 'just now'
  if (ago < HOUR) return relative().format(-Math.max(1, Math.round(ago / MINUTE)), 'minute')
  if (ago < DAY) return relative().format(-Math.round(ago / HOUR), 'hour')
  if (ago < 7 * DAY) return relative().format(-Math.round(ago / DAY), 'day')
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return (isThisYear ? sameYear() : otherYear()).format(at)
}

/** "November 22, 2026 at 2:05 PM", in the person's time zone. */
export function exactTime(at: number): string {
  return exact().format(at)
}

/** "today", "3 May", "3 May 2024". */
export function exactDay(at: number, now = Date.now()): string {
  if (startOfDay(at) === startOfDay(now)) return 'today'
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return (isThisYear ? sameYear() : otherYear()).format(at)
}

/** "last seen today", "last seen yesterday", "last seen 3 May": no finer than the server keeps it. */
export function lastSeenWords(at: number, now = Date.now()): string {
  const days = Math.round((startOfDay(now) - startOfDay(at)) / DAY)
  return `last seen ${days === 1 ? 'yesterday' : exactDay(at, now)}`
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}
