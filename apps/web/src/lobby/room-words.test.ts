import { expect, test } from 'bun:test'
import type { User } from '@parley/protocol'
import { facesWords } from './room-words.ts'

// as: of a person, only the name is said.
const people = (...names: string[]) => names.map((displayName) => ({ displayName }) as User)

test('[G1] whose faces those are', () => {
  expect(facesWords({ faces: [], occupants: 2 })).toBe('')
  expect(facesWords({ faces: people('Ann'), occupants: 1 })).toBe('Ann')
  expect(facesWords({ faces: people('Ann', 'Bo', 'Cy'), occupants: 3 })).toBe('Ann, Bo and Cy')
  expect(facesWords({ faces: people('Ann', 'Bo'), occupants: 3 })).toBe('Ann, Bo and 1 other')
  expect(facesWords({ faces: people('Ann', 'Bo'), occupants: 9 })).toBe('Ann, Bo and 7 others')
})
