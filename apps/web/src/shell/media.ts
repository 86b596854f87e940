import { type ReadonlySignal, signal } from '@preact/signals'

/** A media query as a signal. */
function media(query: string): ReadonlySignal<boolean> {
  const list = matchMedia(query)
  const matches = signal(list.matches)
  list.addEventListener('change', () => {
    matches.value = list.matches
  })
  return matches
}

/** So narrow that the sidebar is a layer of its own. The style sheets say the same (48rem). */
export const isNarrow = media('(width < 48rem)')
