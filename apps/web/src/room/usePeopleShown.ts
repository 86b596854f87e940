import { signal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'

export interface PeopleShown {
  readonly isShown: boolean
  /** It lies over the talk instead of beside it. */
  readonly isLayer: boolean
  toggle(): void
  hide(): void
}

/** The style sheets say the same (64rem). */
const roomy = matchMedia('(width >= 64rem)')
const isRoomy = signal(roomy.matches)
roomy.addEventListener('change', () => {
  isRoomy.value = roomy.matches
  isOpenAsLayer.value = false
})
/** Beside the talk where there is room, unless hidden; a layer for the moment where there is not. */
const isHidden = signal(false)
const isOpenAsLayer = signal(false)

export function usePeopleShown(screen: RefObject<HTMLElement | null>): PeopleShown {
  const isLayer = !isRoomy.value
  const isShown = isLayer ? isOpenAsLayer.value : !isHidden.value
  useEffect(
    () => () => {
      isOpenAsLayer.value = false
    },
    [],
  )
  const show = (shown: boolean): void => {
    if (isLayer) isOpenAsLayer.value = shown
    else isHidden.value = !shown
    if (!shown) screen.current?.querySelector<HTMLElement>('[data-people-toggle]')?.focus()
  }
  return useMemo(
    () => ({ isShown, isLayer, toggle: () => show(!isShown), hide: () => show(false) }),
    [isShown, isLayer],
  )
}
