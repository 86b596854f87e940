import { effect } from '@preact/signals'
import { route } from '../routes.ts'

/**
 * Call once at start. A new screen takes the focus (its heading), so that it is never left on something that is gone.
 * A screen that focuses something of its own, like a composer, is left alone.
 */
export function startArrivals(): void {
  let isFirst = true
  effect(() => {
    const at = route.value
    if (isFirst || at.screen === 'start') {
      isFirst = false
      return
    }
    const screenBefore = document.querySelector('main')
    const focusBefore = document.activeElement
    // After the new screen was drawn, and after what it does on its own.
    requestAnimationFrame(() => setTimeout(() => focusScreen(screenBefore, focusBefore)))
  })
}

function focusScreen(screenBefore: Element | null, focusBefore: Element | null): void {
  const screen = document.querySelector<HTMLElement>('main')
  const focused = document.activeElement
  const hasOwnFocus = focused !== focusBefore && focused !== document.body && screen?.contains(focused) === true
  // Whoever opened a menu before the screen had arrived is in it.
  const isInLayer = focused?.closest('[popover]') || document.querySelector('dialog:modal')
  if (hasOwnFocus || isInLayer) return
  const heading = (screen ?? screenBefore)?.querySelector<HTMLElement>('h1, h2')
  if (!heading) {
    screen?.focus({ preventScroll: true })
    return
  }
  if (!heading.hasAttribute('tabindex')) heading.tabIndex = -1
  heading.focus({ preventScroll: true })
}
