import type { Publication } from '../rules/publication.ts'
import type { Fanout } from './fanout.ts'

/** The fan-out of a single instance: whoever listens is told at once, in order. */
export function localFanout(fault: (error: unknown) => void): Fanout {
  const listeners = new Set<(publication: Publication) => void>()
  return {
    publish(publications) {
      for (const publication of publications) for (const listener of listeners) tell(listener, publication)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    follow: () => undefined,
    unfollow: () => undefined,
    isDoubtful: false,
    onDoubt: () => () => undefined,
    async close() {
      listeners.clear()
    },
  }

  // What one listener gets wrong must neither reach the commit that was just made nor the other listeners.
  function tell(listener: (publication: Publication) => void, publication: Publication): void {
    try {
      listener(publication)
    } catch (error) {
      fault(error)
    }
  }
}
