import { expect, test } from 'bun:test'
import { cleanBody, cleanName } from './text.ts'

test('[M1] a message keeps its lines and indents, and loses blank lines at either end', () => {
  expect(cleanBody('  hello\r\n\tthere \n')).toBe('  hello\n\tthere')
  expect(cleanBody(' \n\t\r\n  first\n\n  last \u3000\n \r')).toBe('  first\n\n  last')
  expect(cleanBody(' \n \r\n')).toBe('')
})

test('[M1] texts as large as a frame are cleaned at once, whatever they are made of', () => {
  const startedAt = performance.now()
  for (const filling of [' ', '\n', '\t\n', '\r\n', '\u3000', '\u200b', '\u202e', 'a ']) {
    for (const text of [`a${filling.repeat(32_000)}x`, filling.repeat(32_000), `${filling.repeat(32_000)}x`]) {
      cleanBody(text)
      cleanName(text)
    }
  }
  expect(performance.now() - startedAt).toBeLessThan(3_000)
})
