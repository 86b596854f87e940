const COUNTS_FROM = 0.8

/** "55 / 60" in UTF-16 units, as the server counts, from 80 % of the limit on; nothing before. */
export function counterText(length: number, limit: number): { text: string; isOver: boolean } | undefined {
  if (length < limit * COUNTS_FROM) return undefined
  return { text: `${length.toLocaleString()} / ${limit.toLocaleString()}`, isOver: length > limit }
}
