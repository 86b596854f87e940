import { now } from '../shell/now.ts'
import { exactTime, timeAgo } from '../shell/time-words.ts'

/** When something last happened, in words that keep up with the clock. */
export function LastActivity({ at }: { readonly at: number }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={exactTime(at)}>
      <span class="visually-hidden">last activity </span>
      {timeAgo(at, now.value)}
    </time>
  )
}
