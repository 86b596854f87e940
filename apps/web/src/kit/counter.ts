const COUNTS_FROM = 0.8

/** Characters as people and the server count them: code points, so that an emoji outside the first plane is one. */
export function lengthOf(text: string): number {
  let length = 0
  for (const _ of text) length += 1
  return length
}

/** "55 / 60" from 80 % of the limit on; nothing before. */
export function counterText(length: number, limit: number): { text: string; isOver: boolean } | undefined {
  if (length < limit * COUNTS_FROM) return undefined
  return { text: `${length.toLocaleString()} / ${limit.toLocaleString()}`, isOver: length > limit }
}
