import { signal } from '@preact/signals'
import type { ComponentType, JSX } from 'preact'
import { useEffect } from 'preact/hooks'

export interface LazyComponent<Props> {
  (props: Props): JSX.Element | null
  /** Fetches the code ahead of its use. */
  preload(): void
}

/** A component whose code comes when it is first needed. `onFailure`: the code could not be fetched. */
export function lazy<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  onFailure: (error: unknown) => void,
): LazyComponent<Props> {
  const loaded = signal<{ readonly component: ComponentType<Props> } | undefined>(undefined)
  let loading: Promise<void> | undefined
  const start = (): Promise<void> => {
    loading ??= load().then(
      (component) => {
        loaded.value = { component }
      },
      (error) => {
        loading = undefined // The next use tries again.
        throw error
      },
    )
    return loading
  }
  const Lazy = (props: Props): JSX.Element | null => {
    useEffect(() => {
      start().catch(onFailure)
    }, [])
    const Loaded = loaded.value?.component
    return Loaded ? <Loaded {...props} /> : null
  }
  // Failing ahead of time is no news: it is told when the code is needed.
  return Object.assign(Lazy, { preload: () => void start().catch(() => undefined) })
}
