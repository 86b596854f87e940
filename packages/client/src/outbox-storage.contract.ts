import { expect, test } from 'bun:test'
import type { CommandId, RoomId, UserId } from '@parley/protocol'
import type { OutboxEntry } from './outbox-entry.ts'
import type { OutboxStorage } from './outbox-storage.ts'

const ann = 'ann' as UserId
const bob = 'bob' as UserId
const designers = 'designers' as RoomId

function entry(id: string, tabId: string, order: number, userId = ann): OutboxEntry {
  return {
    id: id as CommandId,
    userId,
    roomId: designers,
    tabId,
    order,
    createdAt: 0,
    command: { name: 'post-message', body: id },
    isWritten: false,
    isSending: false,
    refusal: undefined,
  }
}
const ids = (entries: readonly OutboxEntry[]) => entries.map(({ id }): string => id)

/** What every storage must do; `open` gives a fresh one. */
export function storageContract(name: string, open: () => OutboxStorage): void {
  test(`[F1] ${name}: entries of dead tabs are adopted in order, once, per person`, async () => {
    const storage = open()
    await storage.write({
      put: [entry('b', 'dead', 2), entry('a', 'dead', 1), entry('c', 'alive', 3), entry('d', 'dead', 4, bob)],
    })
    expect(ids(await storage.adopt(ann, 'mine', new Set(['mine', 'alive'])))).toEqual(['a', 'b'])
    expect(await storage.adopt(ann, 'other', new Set(['mine', 'alive', 'other']))).toEqual([])
    expect(await storage.adopt(ann, 'other', new Set(['other']))).toMatchObject([
      { id: 'a', tabId: 'other' },
      { id: 'b' },
      { id: 'c' },
    ])
  })

  test(`[F1] ${name}: an entry and the draft it came from change together`, async () => {
    const storage = open()
    await storage.setDraft({ userId: ann, roomId: designers, text: 'hello' })
    expect((await storage.load(ann)).drafts).toEqual([{ userId: ann, roomId: designers, text: 'hello' }])
    await storage.write({ put: [entry('a', 'mine', 1)], clearDraft: { userId: ann, roomId: designers } })
    expect((await storage.load(ann)).drafts).toEqual([])
    await storage.write({ remove: ['a' as CommandId] })
    expect(await storage.adopt(ann, 'other', new Set())).toEqual([])
  })

  test(`[F1] ${name}: an empty draft is none, and nobody sees another person's`, async () => {
    const storage = open()
    await storage.setDraft({ userId: ann, roomId: designers, text: 'hello' })
    expect((await storage.load(bob)).drafts).toEqual([])
    await storage.setDraft({ userId: ann, roomId: designers, text: '' })
    expect((await storage.load(ann)).drafts).toEqual([])
  })

  test(`[G4] ${name}: names of rooms are remembered and forgotten`, async () => {
    const storage = open()
    await storage.rememberRooms(ann, [{ userId: ann, roomId: designers, name: 'designers' }], [])
    expect((await storage.load(ann)).rooms).toEqual([{ userId: ann, roomId: designers, name: 'designers' }])
    await storage.rememberRooms(ann, [], [designers])
    expect((await storage.load(ann)).rooms).toEqual([])
  })

  test(`[F1] ${name}: leases are renewed, ended, and swept with the orphans`, async () => {
    const storage = open()
    await storage.renewLease({ tabId: 'mine', aliveAt: 1 })
    await storage.renewLease({ tabId: 'mine', aliveAt: 2 })
    await storage.renewLease({ tabId: 'dead', aliveAt: 1 })
    expect(await storage.leases()).toHaveLength(2)
    await storage.adopt(ann, 'mine', new Set(['mine']))
    expect(await storage.leases()).toEqual([{ tabId: 'mine', aliveAt: 2 }])
    await storage.endLease('mine')
    expect(await storage.leases()).toEqual([])
  })

  test(`[H1] ${name}: signing out leaves nothing of the person, and everything of others`, async () => {
    const storage = open()
    await storage.write({ put: [entry('a', 'mine', 1), entry('b', 'mine', 2, bob)] })
    await storage.setDraft({ userId: ann, roomId: designers, text: 'secret' })
    await storage.rememberRooms(ann, [{ userId: ann, roomId: designers, name: 'designers' }], [])
    await storage.purge(ann)
    expect(await storage.load(ann)).toEqual({ drafts: [], rooms: [] })
    expect(await storage.adopt(ann, 'other', new Set())).toEqual([])
    expect(ids(await storage.adopt(bob, 'other', new Set()))).toEqual(['b'])
  })
}
