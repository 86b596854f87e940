import { type ReadonlySignal, signal } from '@preact/signals'

const TICK_MS = 15_000
const ticking = signal(Date.now())

/** The time, for words like "5 min ago"; moves every 15 s while the page is in sight. */
export const now: ReadonlySignal<number> = ticking

export function startClock(): void {
  const tick = (): void => {
    if (!document.hidden) ticking.value = Date.now()
  }
  setInterval(tick, TICK_MS)
  document.addEventListener('visibilitychange', tick)
}
