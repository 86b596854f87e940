import { expect, test } from 'bun:test'
import type { RowView } from '@parley/client'
import type { CommandId, MessageId, UserId } from '@parley/protocol'
import { messageFrom, type TimelineItem, timelineItems } from './timeline-items.ts'

const noon = new Date('2026-11-22T12:00:00').getTime()
const MINUTE = 60_000

function row(number: number, author: string, postedAt: number): RowView {
  return {
    key: `m${number}`,
    number,
    messageId: `m${number}` as MessageId, // as: any string does here
    commandId: `c${number}` as CommandId, // as: any string does here
    authorId: author as UserId, // as: any string does here
    author: undefined,
    isMine: false,
    isBlocked: false,
    postedAt,
    body: `message ${number}`,
    editedAt: undefined,
    isDeleted: false,
    reactions: [],
    status: 'posted',
    pendingChange: undefined,
  }
}

const sketch = (items: readonly TimelineItem[]): string[] =>
  items.map((item) => (item.kind === 'message' ? `${item.isGroupStart ? '# ' : ''}${item.key}` : item.kind))

const rows = [
  row(1, 'ann', noon - 24 * 60 * MINUTE),
  row(2, 'ann', noon),
  row(3, 'ann', noon + 4 * MINUTE),
  row(4, 'ann', noon + 9 * MINUTE),
  row(5, 'bob', noon + 10 * MINUTE),
  row(6, 'bob', noon + 10 * MINUTE),
]

test('messages are grouped by author within five minutes, under day lines', () => {
  expect(sketch(timelineItems({ rows, hasOlder: false, newLineAt: undefined }))).toEqual([
    'beginning',
    'day',
    '# m1',
    'day',
    '# m2',
    'm3',
    '# m4',
    '# m5',
    'm6',
  ])
})

test('the line "New" begins a group', () => {
  expect(sketch(timelineItems({ rows, hasOlder: false, newLineAt: 6 })).slice(-3)).toEqual(['# m5', 'new', '# m6'])
})

test('an older page changes nothing about what is shown', () => {
  for (let loaded = 1; loaded < rows.length - 1; loaded += 1) {
    const before = sketch(timelineItems({ rows: rows.slice(loaded), hasOlder: true, newLineAt: 5 }))
    const after = sketch(timelineItems({ rows, hasOlder: false, newLineAt: 5 }))
    expect(after.slice(-before.length)).toEqual(before)
  }
})

test('keys are unique, also when a clock went back over midnight', () => {
  const wild = [
    row(1, 'a', noon),
    row(2, 'a', noon - 24 * 60 * MINUTE),
    row(3, 'a', noon),
    row(4, 'a', noon - 24 * 60 * MINUTE),
  ]
  const keys = timelineItems({ rows: wild, hasOlder: false, newLineAt: 3 }).map(({ key }) => key)
  expect(new Set(keys).size).toBe(keys.length)
})

test('walking from message to message passes lines by', () => {
  const items = timelineItems({ rows, hasOlder: false, newLineAt: 2 })
  expect(messageFrom(items, 3, 1)?.key).toBe('m2')
  expect(messageFrom(items, 1, -1)).toBeUndefined()
})

test('an empty room has its beginning and nothing else', () => {
  expect(sketch(timelineItems({ rows: [], hasOlder: false, newLineAt: undefined }))).toEqual(['beginning'])
  expect(sketch(timelineItems({ rows: [], hasOlder: true, newLineAt: undefined }))).toEqual([])
})
