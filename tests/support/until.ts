/** Whatever says that it has changed. */
interface Changing {
  subscribe(listener: () => void): () => void
}

/** Resolves once `look` answers something; looks again after each change of what it depends on. */
export function until<T>(
  observables: readonly Changing[],
  look: () => T | undefined | false,
  { what, within = 15_000, seen }: { what: string; within?: number; seen?: () => unknown },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stops: (() => void)[] = []
    const finish = () => {
      for (const stop of stops) stop()
      clearTimeout(timer)
    }
    const check = () => {
      try {
        const found = look()
        if (found === undefined || found === false) return
        finish()
        resolve(found)
      } catch (error) {
        finish()
        reject(error)
      }
    }
    const timer = setTimeout(() => {
      finish()
      const sight = seen ? ` Seen: ${JSON.stringify(seen())}` : ''
      reject(new Error(`Waited ${within} ms in vain: ${what}.${sight}`))
    }, within)
    for (const observable of observables) stops.push(observable.subscribe(check))
    check()
  })
}
