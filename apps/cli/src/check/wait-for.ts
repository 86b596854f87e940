import type { Observable } from '@parley/client'

type Followed = Pick<Observable<unknown>, 'subscribe'>

/** True once `look` holds, which is looked at after each change; false after `withinMs`, or when there is nothing to wait for. */
export function waitFor(
  followed: readonly Followed[],
  look: () => boolean,
  { withinMs, signal }: { readonly withinMs: number; readonly signal?: AbortSignal | undefined },
): Promise<boolean> {
  return new Promise((resolve) => {
    const stops: (() => void)[] = []
    const finish = (holds: boolean) => {
      for (const stop of stops) stop()
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
      resolve(holds)
    }
    const check = () => {
      if (look()) finish(true)
    }
    const giveUp = () => finish(look())
    const timer = setTimeout(giveUp, withinMs)
    for (const one of followed) stops.push(one.subscribe(check))
    signal?.addEventListener('abort', giveUp)
    if (signal?.aborted) giveUp()
    else check()
  })
}

/** Resolves after the time, or at once when `signal` says so. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
    if (signal?.aborted) done()
  })
}
