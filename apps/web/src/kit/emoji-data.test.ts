import { expect, test } from 'bun:test'
import { EMOJI_GROUPS, findEmojis, QUICK_REACTIONS } from './emoji-data.ts'

const all = EMOJI_GROUPS.flatMap((group) => group.emojis)
const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

test('each entry is one emoji with a name', () => {
  for (const { emoji, name } of all) {
    expect([...segmenter.segment(emoji)].length, `${emoji} ${name}`).toBe(1)
    expect(emoji, name).toMatch(/\p{Extended_Pictographic}/u)
    expect(name, emoji).toMatch(/^[\p{L}\d -]+$/u)
  }
})

test('the set is small, and nothing is there twice', () => {
  expect(all.length).toBeGreaterThan(150)
  expect(all.length).toBeLessThan(240)
  expect(new Set(all.map(({ emoji }) => emoji)).size).toBe(all.length)
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
})

test('the quick reactions belong to the set', () => {
  const known = new Set(all.map(({ emoji }) => emoji))
  expect(QUICK_REACTIONS.filter((emoji) => !known.has(emoji))).toEqual([])
})

test('a search finds by the beginnings of words, in any order, and by the emoji itself', () => {
  const found = (text: string): string[] => findEmojis(EMOJI_GROUPS, text).map(({ emoji }) => emoji)
  expect(found('thumbs up')).toEqual(['👍'])
  expect(found('up thu')).toEqual(['👍'])
  expect(found('CELEB')).toContain('🎉')
  expect(found('🦊')).toEqual(['🦊'])
  expect(found('zzzzzz')).toEqual([])
})
