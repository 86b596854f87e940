import { chat } from '../chat.ts'

/** Call once at start: a network or a person that comes back need not wait for the next attempt. */
export function startWaking(): void {
  addEventListener('online', () => chat.retryNow())
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) chat.retryNow()
  })
}
