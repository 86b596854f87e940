/** Where an element is scrolled to, and how far it could be. */
export interface Box {
  readonly scrollTop: number
  readonly scrollHeight: number
  readonly clientHeight: number
}

export function boxOf({ scrollTop, scrollHeight, clientHeight }: Box): Box {
  return { scrollTop, scrollHeight, clientHeight }
}

export function distanceFromEnd({ scrollTop, scrollHeight, clientHeight }: Box): number {
  return scrollHeight - scrollTop - clientHeight
}

/**
 * Did a person scroll up? A browser lowers the position by itself when the content shrinks or the box grows (the text box
 * below gets smaller), though never below the lowest end there can have been between the two looks.
 */
export function wasScrolledUp(before: Box, now: Box): boolean {
  const lowestEnd = Math.min(before.scrollHeight, now.scrollHeight) - Math.max(before.clientHeight, now.clientHeight)
  return now.scrollTop < before.scrollTop - 1 && now.scrollTop < lowestEnd - 1
}
