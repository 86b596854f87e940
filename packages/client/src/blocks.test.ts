import { expect, test } from 'bun:test'
import type { UserId } from '@parley/protocol'
import { Blocks } from './blocks.ts'

const [ann, bob] = ['ann', 'bob'] as [UserId, UserId] // as: short ids for a test

test('whom I block is replaced as a whole, and told only when it changed', () => {
  const blocks = new Blocks()
  let told = 0
  blocks.ids.subscribe(() => {
    told += 1
  })
  blocks.replace([ann])
  blocks.replace([ann])
  blocks.set(ann, true)
  expect([...blocks.ids.value]).toEqual([ann])
  expect(told).toBe(1)
  blocks.set(bob, true)
  blocks.set(ann, false)
  expect([...blocks.ids.value]).toEqual([bob])
  blocks.replace([])
  expect(blocks.ids.value.size).toBe(0)
})
