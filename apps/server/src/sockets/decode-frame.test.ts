import { expect, test } from 'bun:test'
import { newId } from '@parley/protocol'
import { clientFrame } from '@parley/protocol/schemas'
import fc from 'fast-check'
import { decodeFrame } from './decode-frame.ts'

const text = fc.oneof(fc.string(), fc.constant(newId()), fc.constant('x'.repeat(65)), fc.constant('x'.repeat(64)))
const anything = fc.oneof(text, fc.integer(), fc.double(), fc.constant(null), fc.boolean(), fc.object())
const almostFrame = fc.record(
  {
    type: fc.oneof(
      {
        weight: 9,
        arbitrary: fc.constantFrom('command', 'query', 'pong', 'withdraw', 'close', 'hello', 'open', 'signal'),
      },
      anything,
    ),
    id: anything,
    name: anything,
    input: anything,
    protocol: anything,
    place: fc.oneof(anything, fc.record({ kind: fc.constantFrom('lobby', 'room'), roomId: anything })),
    cursor: anything,
    epoch: anything,
  },
  { requiredKeys: [] },
)

test.each([
  { type: 'command', id: newId(), name: '' },
  { type: 'query', id: 'q', name: '' },
  { type: 'query', id: 'q', name: '', input: null },
])('%j is judged as the schema judges it', (value) => {
  expect(decodeFrame(JSON.stringify(value))).toEqual(clientFrame.safeParse(value).data as never)
})

test('frames told by hand are judged as the schema judges them', () => {
  fc.assert(
    fc.property(almostFrame, (value) => {
      const wire: unknown = JSON.parse(JSON.stringify(value))
      const { data } = clientFrame.safeParse(wire)
      expect(decodeFrame(JSON.stringify(value))).toEqual(data as never)
    }),
    { numRuns: 2_000 },
  )
})
