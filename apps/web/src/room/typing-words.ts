/** What to say about those who type: names stand apart, so that each can be isolated from the text around it. */
export type TypingWords = readonly ({ readonly name: string } | string)[]

export function typingWords(names: readonly string[], more: number): TypingWords {
  const [first, second] = names
  const count = names.length + more
  if (first === undefined) return count > 0 ? ['Several people are typing…'] : []
  if (count === 1) return [{ name: first }, ' is typing…']
  if (count === 2 && second !== undefined) return [{ name: first }, ' and ', { name: second }, ' are typing…']
  return ['Several people are typing…']
}
