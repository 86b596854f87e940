import { expect, jest, test } from 'bun:test'
import { NewsReader, newsWords } from './news.ts'

const ann = { author: 'Ann', body: 'hello' }

test('one message is read, several are counted', () => {
  expect(newsWords([])).toBe('')
  expect(newsWords([ann])).toBe('Ann: hello')
  expect(newsWords([ann, ann, ann])).toBe('3 new messages')
  expect(newsWords([], 1)).toBe('1 new message')
  expect(newsWords([ann], 4)).toBe('5 new messages')
  expect(newsWords([{ author: 'Ann', body: 'x'.repeat(8_000) }]).length).toBeLessThan(220)
})

test('a burst is said in one sentence after the first message', () => {
  jest.useFakeTimers()
  try {
    const said: string[] = []
    const reader = new NewsReader((words) => said.push(words), 2_500)
    reader.add([ann])
    for (let count = 0; count < 5; count += 1) reader.add([ann])
    expect(said).toEqual(['Ann: hello'])
    jest.advanceTimersByTime(2_500)
    expect(said).toEqual(['Ann: hello', '5 new messages'])
    jest.advanceTimersByTime(5_000)
    reader.add([ann])
    expect(said).toEqual(['Ann: hello', '5 new messages', 'Ann: hello'])
    reader.add([ann])
    reader.stop()
    jest.advanceTimersByTime(5_000)
    expect(said).toHaveLength(3)
  } finally {
    jest.useRealTimers()
  }
})
