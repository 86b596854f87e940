import type { UserId } from '@parley/protocol'
import { signal } from '@preact/signals'

export interface ShownCard {
  readonly userId: UserId
  /** The name or face that it belongs to. */
  readonly anchor: HTMLElement
  /** Opened by a press: it has the focus and stays. Opened by a resting pointer it goes with the pointer. */
  readonly isPinned: boolean
}

/** The person's card that is open; one at a time. */
export const shownCard = signal<ShownCard | undefined>(undefined)

export function closeCard(): void {
  shownCard.value = undefined
}

const REST_MS = 450
const GRACE_MS = 200
let timer = 0

/**
 * Every `[data-person]` in the page opens that person's card: a press at once, a pointer after a rest. One listener for
 * all of them, because a timeline has hundreds. Answers how to stop.
 */
export function watchPeople(): () => void {
  const later = (act: () => void, delayMs: number): void => {
    clearTimeout(timer)
    timer = window.setTimeout(act, delayMs)
  }
  const onOver = (event: PointerEvent): void => {
    if (event.pointerType === 'touch' || event.buttons !== 0) return
    if (isInCard(event.target)) {
      clearTimeout(timer)
      return
    }
    const anchor = personAt(event.target)
    const shown = shownCard.peek()
    if (shown?.isPinned) return
    if (anchor && shown?.anchor === anchor) clearTimeout(timer)
    else if (anchor) later(() => show(anchor, false), REST_MS)
    else later(closeCard, shown ? GRACE_MS : 0)
  }
  const onClick = (event: MouseEvent): void => {
    const anchor = personAt(event.target)
    if (!anchor) return
    clearTimeout(timer)
    const shown = shownCard.peek()
    if (shown?.isPinned && shown.anchor === anchor) closeCard()
    else show(anchor, true)
  }
  const onScroll = (event: Event): void => {
    const shown = shownCard.peek()
    if (!isInCard(event.target)) clearTimeout(timer)
    if (shown && !shown.isPinned && !isInCard(event.target)) closeCard()
  }
  document.addEventListener('pointerover', onOver)
  document.addEventListener('click', onClick)
  document.addEventListener('scroll', onScroll, true)
  return () => {
    clearTimeout(timer)
    document.removeEventListener('pointerover', onOver)
    document.removeEventListener('click', onClick)
    document.removeEventListener('scroll', onScroll, true)
    closeCard()
  }
}

function show(anchor: HTMLElement, isPinned: boolean): void {
  const userId = anchor.dataset.person as UserId | undefined // as: only ids of people are written there
  if (userId && anchor.isConnected) shownCard.value = { userId, anchor, isPinned }
}

function personAt(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>('[data-person]') : null
}

function isInCard(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[data-person-card]') !== null
}
