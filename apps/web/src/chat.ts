import { ChatClient, indexedDbStorage, type Observable } from '@parley/client'
import { type ReadonlySignal, signal } from '@preact/signals'

declare const __BUILD__: string

/** The page's one client. Its server is the origin that the page came from. */
export const chat = new ChatClient({ url: '', storage: indexedDbStorage(), build: __BUILD__ })

const bridges = new WeakMap<object, ReadonlySignal<unknown>>()

/** The same value as a signal. What the SDK observes lives as long as the page, and so does the bridge. */
export function signalOf<T>(observable: Observable<T>): ReadonlySignal<T> {
  const known = bridges.get(observable)
  if (known) return known as ReadonlySignal<T> // as: it was made below, from this very observable
  const bridge = signal(observable.value)
  observable.subscribe(() => {
    bridge.value = observable.value
  })
  bridges.set(observable, bridge)
  return bridge
}

/** Reads an observable in a component, which is rendered again with each change. */
export function useObservable<T>(observable: Observable<T>): T {
  return signalOf(observable).value
}
