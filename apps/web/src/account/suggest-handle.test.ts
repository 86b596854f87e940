import { expect, test } from 'bun:test'
import { suggestHandle, typedHandle } from './suggest-handle.ts'

test('a handle is made of a name', () => {
  expect(suggestHandle('Ann Lee')).toBe('ann-lee')
  expect(suggestHandle('Zoë O’Hara')).toBe('zoe-ohara')
  expect(suggestHandle('  J. R. R.  ')).toBe('j.-r.-r')
  expect(suggestHandle('Анна')).toBe('анна')
  expect(suggestHandle('***')).toBe('')
  expect(suggestHandle('n'.repeat(40))).toHaveLength(32)
})

test('the sign before a handle is no part of it', () => {
  expect(typedHandle(' @ann-lee ')).toBe('ann-lee')
})
