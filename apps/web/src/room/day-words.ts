import { lazily } from '../kit/lazily.ts'

const DAY_MS = 86_400_000

/** Local midnight of the day that holds this moment. */
export function dayOf(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

export interface Day {
  readonly from: number
  /** The next local midnight, which belongs to the day after. */
  readonly to: number
}

/** Finding a day costs as much as comparing a hundred moments with its ends. */
export function dayAround(at: number): Day {
  return { from: dayOf(at), to: at + untilTomorrow(at) }
}

export function isWithin({ from, to }: Day, at: number): boolean {
  return at >= from && at < to
}

export function isSameDay(a: number, b: number): boolean {
  return dayOf(a) === dayOf(b)
}

/** How long until the next local midnight; days of 23 and 25 hours included. */
export function untilTomorrow(now: number): number {
  const date = new Date(now)
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime() - now
}

/** "Today", "Yesterday", "Monday, November 2", with the year when it is not this one. */
export function dayWords(at: number, now: number): string {
  if (isSameDay(at, now)) return 'Today'
  if (isSameDay(at, dayOf(now) - DAY_MS / 2)) return 'Yesterday'
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? thisYear().format(at) : otherYear().format(at)
}

/** "14:05" or "2:05 PM", as the person's system writes it. */
export function timeWords(at: number): string {
  return clock().format(at)
}

/** "Monday, November 2, 2026 at 14:05:09". */
export function fullTimeWords(at: number): string {
  return full().format(at)
}

const once = (options: Intl.DateTimeFormatOptions, locale?: string) =>
  lazily(() => new Intl.DateTimeFormat(locale, options))
const clock = once({ hour: 'numeric', minute: '2-digit' })
const full = once({ dateStyle: 'full', timeStyle: 'medium' }, 'en')
const thisYear = once({ weekday: 'long', month: 'long', day: 'numeric' }, 'en')
const otherYear = once({ weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' }, 'en')
