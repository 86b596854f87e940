import { expect, test } from 'bun:test'
import { LIMITS, newId } from '@parley/protocol'
import { commands } from '@parley/protocol/schemas'
import fc from 'fast-check'
import { postMessage } from './post-message.ts'

const anything = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constant('\ud800'), fc.integer(), fc.object())
const almostPost = fc.record(
  {
    roomId: fc.oneof(fc.constant(newId()), fc.constant('not-a-room'), anything),
    body: fc.oneof(
      fc.string(),
      fc.constant('a\u0000b'),
      fc.constant('x'.repeat(LIMITS.frameBytes)),
      fc.constant('x'.repeat(LIMITS.frameBytes + 1)),
      anything,
    ),
    extra: anything,
  },
  { requiredKeys: [] },
)

test('what post-message recognises by hand is what its schema accepts', () => {
  let recognised = 0
  const judge = (value: unknown) => {
    const { data } = commands['post-message'].input.safeParse(value)
    expect(postMessage.recognise?.(value)).toEqual(data as never)
    if (data) recognised += 1
  }
  for (const value of [null, 1, 'text', []]) judge(value)
  fc.assert(fc.property(almostPost, judge), { numRuns: 2_000 })
  expect(recognised).toBeGreaterThan(50)
})
