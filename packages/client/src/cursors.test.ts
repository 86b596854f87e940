import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { progress } from './cursors.ts'

const events = (...seqs: number[]) => seqs.map((seq) => ({ seq }))

test('[E5] what was applied is dropped, what follows is fresh', () => {
  expect(progress(2, events(1, 2, 3, 4))).toEqual({ fresh: events(3, 4), hasGap: false })
})

test('[E7] nothing after a hole is applied', () => {
  expect(progress(2, events(4, 5))).toEqual({ fresh: [], hasGap: true })
  expect(progress(2, events(3, 5))).toEqual({ fresh: events(3), hasGap: true })
})

test('[E5] frames in order, repeated or cut anywhere: every event is applied exactly once', () => {
  const frames = fc.array(fc.tuple(fc.nat(30), fc.nat(10)))
  fc.assert(
    fc.property(frames, (ranges) => {
      let cursor = 0
      const applied: number[] = []
      for (const [first, length] of ranges) {
        const { fresh } = progress(cursor, events(...Array.from({ length }, (_, index) => first + index)))
        for (const { seq } of fresh) applied.push(seq)
        cursor = fresh.at(-1)?.seq ?? cursor
      }
      expect(applied).toEqual(Array.from({ length: cursor }, (_, index) => index + 1))
    }),
  )
})
