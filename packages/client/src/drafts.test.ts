import { expect, test } from 'bun:test'
import type { RoomId, UserId } from '@parley/protocol'
import { settled } from '../testing/fake-clock.ts'
import { Drafts } from './drafts.ts'
import { memoryStorage } from './memory-storage.ts'
import { SafeStorage } from './safe-storage.ts'

const ann = 'ann' as UserId
const designers = 'designers' as RoomId

function slowStorage() {
  const memory = memoryStorage()
  const writes: string[] = []
  const waiting: (() => void)[] = []
  const storage = {
    ...memory,
    setDraft: async (draft: Parameters<typeof memory.setDraft>[0]) => {
      await new Promise<void>((resolve) => waiting.push(resolve))
      writes.push(draft.text)
      await memory.setDraft(draft)
    },
  }
  return { storage, writes, next: () => waiting.shift()?.() }
}

test('typing fast writes the first and the last text, not every one', async () => {
  const { storage, writes, next } = slowStorage()
  const drafts = new Drafts(new SafeStorage(storage, () => undefined))
  drafts.loaded(ann, [])
  const kept = ['h', 'he', 'hel', 'hello'].map((text) => drafts.set(designers, text))
  next()
  await settled()
  next()
  expect(await Promise.all(kept)).toEqual([true, true, true, true])
  expect(writes).toEqual(['h', 'hello'])
})

test('what is typed before the drafts are loaded is not replaced by them', async () => {
  const storage = new SafeStorage(memoryStorage(), () => undefined)
  const drafts = new Drafts(storage)
  void drafts.set(designers, 'new')
  const reading = drafts.get(designers)
  drafts.loaded(ann, [{ userId: ann, roomId: designers, text: 'old' }])
  expect(await reading).toBe('new')
  await settled()
  expect((await storage.got((kept) => kept.load(ann), { drafts: [], rooms: [] })).drafts).toMatchObject([
    { text: 'new' },
  ])
})

test('[F1] a sent text is no draft any more, even when a write of it was under way', async () => {
  const drafts = new Drafts(new SafeStorage(memoryStorage(), () => undefined))
  drafts.loaded(ann, [])
  void drafts.set(designers, 'hello')
  drafts.sent(designers)
  expect(await drafts.get(designers)).toBe('')
})
