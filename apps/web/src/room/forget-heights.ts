/** So many rows may be gone before it is worth going through them. */
const MOST_GONE = 500

/** Forgets the heights of rows that are not loaded any more; a page that stays open in a busy room would keep them all. */
export function forgetHeights(heights: Map<unknown, number>, items: readonly { readonly key: string }[]): void {
  if (heights.size <= items.length + MOST_GONE) return
  const loaded = new Set<unknown>(items.map(({ key }) => key))
  for (const key of heights.keys()) if (!loaded.has(key)) heights.delete(key)
}
