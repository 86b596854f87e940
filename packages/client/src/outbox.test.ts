import { expect, test } from 'bun:test'
import { newId, type RefusalCode, type RoomId, type User } from '@parley/protocol'
import fc from 'fast-check'
import { settled } from '../testing/fake-clock.ts'
import { bodies, House, shown } from '../testing/house.ts'
import { memoryStorage } from './memory-storage.ts'
import type { Notice } from './notice.ts'
import { type OutboxStorage, StorageError } from './outbox-storage.ts'

function designers(): { house: House; ann: User; roomId: RoomId } {
  const house = new House()
  const ann = house.person('Ann')
  return { house, ann, roomId: house.world.createRoom(ann.id, 'designers') }
}

const stored = (house: House, roomId: RoomId) => house.world.roomOf(roomId).messages.map((message) => message.body)

test('[F2] offline it queues in order, and is sent in order when the connection is back', async () => {
  const { house, ann, roomId } = designers()
  const client = await house.inRoom(ann, roomId)
  house.server.isDown = true
  house.server.cutAll()
  await house.clock.advance(0)
  for (const body of ['one', 'two', 'three']) client.room(roomId).postMessage({ body })
  expect(shown(client, roomId).rows.map((row) => [row.body, row.status])).toEqual([
    ['one', 'waiting'],
    ['two', 'waiting'],
    ['three', 'waiting'],
  ])
  expect(client.outbox.value.queued).toBe(3)
  house.server.isDown = false
  await house.clock.advance(10_000)
  expect(stored(house, roomId)).toEqual(['one', 'two', 'three'])
  expect(client.outbox.value.queued).toBe(0)
})

test('[F2] stored, but the reply was lost with the connection: sent again with the same id, stored once', async () => {
  const { house, ann, roomId } = designers()
  const client = await house.inRoom(ann, roomId)
  let cuts = 1
  house.server.script = {
    command: () => (cuts-- > 0 ? 'cut' : undefined),
    drops: (frame) => cuts === 0 && frame.type === 'events',
  }
  client.room(roomId).postMessage({ body: 'once' })
  await house.clock.advance(0)
  house.server.script = {}
  await house.clock.advance(10_000)
  expect(stored(house, roomId)).toEqual(['once'])
  expect(bodies(client, roomId)).toEqual(['once'])
  expect(client.outbox.value.queued).toBe(0)
})

test('[F2] unanswered for 10 s: again on the same connection, then on a new one, always the same id', async () => {
  const { house, ann, roomId } = designers()
  const client = await house.inRoom(ann, roomId)
  let isDeaf = true
  house.server.script = { command: (frame) => (isDeaf && frame.name === 'post-message' ? 'lost' : undefined) }
  client.room(roomId).postMessage({ body: 'hello' })
  await house.clock.advance(9_999)
  const opened = house.server.opened
  expect(house.server.commands('post-message')).toHaveLength(1)
  await house.clock.advance(1)
  expect(house.server.commands('post-message')).toHaveLength(2)
  expect(house.server.opened).toBe(opened)
  isDeaf = false
  await house.clock.advance(10_000)
  expect(house.server.opened).toBe(opened + 1)
  expect(new Set(house.server.commands('post-message').map((frame) => frame.id)).size).toBe(1)
  expect(stored(house, roomId)).toEqual(['hello'])
})

test('[F3] after busy the wait is kept, and later ones of the room do not overtake', async () => {
  const { house, ann, roomId } = designers()
  const client = await house.inRoom(ann, roomId)
  let busy = 1
  house.server.script = {
    command: (frame) => (frame.name === 'post-message' && busy-- > 0 ? 'busy' : undefined),
    retryAfterMs: 700,
  }
  for (const body of ['one', 'two', 'three']) client.room(roomId).postMessage({ body })
  await house.clock.advance(699)
  expect(stored(house, roomId)).toEqual([])
  await house.clock.advance(1)
  expect(stored(house, roomId)).toEqual(['one', 'two', 'three'])
})

test('[F3] a refused one is withdrawn, but not before it is kept that it was refused', async () => {
  const { house, ann, roomId } = designers()
  const real = memoryStorage()
  let keep = () => {}
  const storage: OutboxStorage = Object.assign(Object.create(real) as OutboxStorage, {
    // Only the writing down of the refusal is slow.
    write: async (change: Parameters<OutboxStorage['write']>[0]) => {
      if (change.put?.some((entry) => entry.refusal)) await new Promise<void>((resolve) => (keep = resolve))
      await real.write(change)
    },
  })
  const client = await house.inRoom(ann, roomId, { storage })
  const codes = new Map<unknown, RefusalCode>([['first', 'slow-mode']])
  house.server.script = { command: ({ input }) => codes.get((input as { body?: string }).body) }
  const { commandId } = client.room(roomId).postMessage({ body: 'first' })
  await house.clock.advance(0)
  const withdrawals = () => house.server.heard.filter((frame) => frame.type === 'withdraw')
  expect(client.outbox.value.notSent).toHaveLength(1)
  expect(withdrawals()).toEqual([])
  keep()
  await house.clock.advance(0)
  expect(withdrawals()).toEqual([{ type: 'withdraw', id: commandId }])
})

test('[F3] the second refusal of a command that was sent twice is withdrawn as well', async () => {
  const { house, ann, roomId } = designers()
  const client = await house.inRoom(ann, roomId)
  let isLost = true
  house.server.script = {
    command: () => 'slow-mode',
    drops: (frame) => isLost && frame.type === 'refusal',
  }
  const { commandId } = client.room(roomId).postMessage({ body: 'first' })
  await house.clock.advance(0)
  isLost = false
  await house.clock.advance(10_000)
  expect(client.outbox.value.notSent).toHaveLength(1)
  const [socket] = house.server.of(ann.id)
  socket?.tell({ type: 'refusal', id: commandId, code: 'slow-mode', message: 'Late.' })
  await house.clock.advance(0)
  expect(house.server.heard.filter((frame) => frame.type === 'withdraw')).toHaveLength(2)
})

test('[F3] `busy` a second time withdraws nothing that will be repeated', async () => {
  const { house, ann, roomId } = designers()
  const client = await house.inRoom(ann, roomId)
  house.server.script = { command: () => 'busy', retryAfterMs: 5_000 }
  const { commandId } = client.room(roomId).postMessage({ body: 'first' })
  await house.clock.advance(0)
  const [socket] = house.server.of(ann.id)
  socket?.tell({ type: 'refusal', id: commandId, code: 'busy', message: 'Late.' })
  await house.clock.advance(0)
  expect(house.server.heard.filter((frame) => frame.type === 'withdraw')).toEqual([])
  house.server.script = {}
  await house.clock.advance(10_000)
  expect(stored(house, roomId)).toEqual(['first'])
})

test('[F3] what was told to wait and then refused or stored by its other copy is not repeated', async () => {
  const { house, ann, roomId } = designers()
  const client = await house.inRoom(ann, roomId)
  house.server.script = { command: () => 'busy', retryAfterMs: 5_000 }
  const refused = client.room(roomId).postMessage({ body: 'refused' })
  const kept = client.room(roomId).postMessage({ body: 'kept' })
  await house.clock.advance(0)
  const asked = house.server.commands('post-message').length
  const [socket] = house.server.of(ann.id)
  socket?.tell({ type: 'refusal', id: refused.commandId, code: 'slow-mode', message: 'Late.' })
  socket?.tell({ type: 'reply', id: kept.commandId, output: { messageId: newId(), number: 1, seq: 2 } })
  await house.clock.advance(10_000)
  expect(client.outbox.value.notSent.map((entry) => entry.id)).toEqual([refused.commandId])
  expect(client.outbox.value.queued).toBe(0)
  expect(house.server.commands('post-message')).toHaveLength(asked)
  expect(house.server.heard.filter((frame) => frame.type === 'withdraw')).toEqual([
    { type: 'withdraw', id: refused.commandId },
  ])
})

test('[F3] told to wait, then seen in the log: it is not repeated, so the server need not wait for it', async () => {
  const { house, ann, roomId } = designers()
  const client = await house.inRoom(ann, roomId)
  house.server.script = { command: () => 'busy', retryAfterMs: 60_000 }
  const { commandId } = client.room(roomId).postMessage({ body: 'first' })
  await house.clock.advance(0)
  // Another copy of it was stored, by an instance that it had been sent to before.
  house.world.perform(ann.id, commandId, 'post-message', { roomId, body: 'first' })
  await house.clock.advance(1_000)
  expect(client.outbox.value.queued).toBe(0)
  expect(house.server.heard.filter((frame) => frame.type === 'withdraw')).toEqual([{ type: 'withdraw', id: commandId }])
})

test('[F3] once the busy one is through, the rest goes out together again, even when the log tells before the reply', async () => {
  const { house, ann, roomId } = designers()
  const client = await house.inRoom(ann, roomId)
  let busy = 1
  const underWay: number[] = []
  house.server.script = {
    command: () => {
      underWay.push(client.outbox.value.entries.filter((entry) => entry.isSending).length)
      return busy-- > 0 ? 'busy' : undefined
    },
    retryAfterMs: 700,
  }
  for (let post = 0; post < 20; post += 1) client.room(roomId).postMessage({ body: `${post}` })
  await house.clock.advance(699)
  underWay.length = 0
  await house.clock.advance(1)
  expect(underWay[0]).toBe(1)
  expect(Math.max(...underWay)).toBe(8)
  expect(stored(house, roomId)).toHaveLength(20)
})

test('[X4] storage-full is tried again with the same id until it works, and told once', async () => {
  const { house, ann, roomId } = designers()
  const client = await house.inRoom(ann, roomId)
  const notices: Notice[] = []
  client.notices.subscribe((notice) => notices.push(notice))
  let isFull = true
  house.server.script = { command: () => (isFull ? 'storage-full' : undefined) }
  client.room(roomId).postMessage({ body: 'kept' })
  await house.clock.advance(60_000)
  expect(client.outbox.value).toMatchObject({ queued: 1, notSent: [] })
  isFull = false
  await house.clock.advance(40_000)
  expect(stored(house, roomId)).toEqual(['kept'])
  expect(notices).toMatchObject([{ kind: 'server-fault', refusal: { code: 'storage-full' } }])
})

test('[F2] only a refusal is final: the entry lies under "Not sent", the rest goes on, Retry has a new id', async () => {
  const { house, ann, roomId } = designers()
  const client = await house.inRoom(ann, roomId)
  house.server.script = {
    command: (frame) => ((frame.input as { body?: string }).body === 'bad' ? 'message-too-long' : undefined),
  }
  const { commandId } = client.room(roomId).postMessage({ body: 'bad' })
  client.room(roomId).postMessage({ body: 'good' })
  await house.clock.advance(0)
  expect(bodies(client, roomId)).toEqual(['good'])
  expect(client.outbox.value.notSent).toMatchObject([
    { id: commandId, command: { body: 'bad' }, refusal: { code: 'message-too-long' } },
  ])
  house.server.script = {}
  client.retryNotSent(commandId)
  await house.clock.advance(0)
  expect(bodies(client, roomId)).toEqual(['good', 'bad'])
  expect(client.outbox.value.notSent).toEqual([])
  expect(new Set(house.server.commands('post-message').map((frame) => frame.id)).size).toBe(3)
})

test('[F4] an edit of a pending row: merged before it was written, queued behind it after', async () => {
  const { house, ann, roomId } = designers()
  const client = await house.inRoom(ann, roomId)
  const room = client.room(roomId)
  house.server.isDown = true
  house.server.cutAll()
  await house.clock.advance(0)
  const merged = room.postMessage({ body: 'tpyo' })
  room.editMessage(merged.commandId, 'typo')
  house.server.isDown = false
  let isMute = true
  house.server.script = {
    command: (frame) => (isMute && frame.name === 'post-message' ? 'mute' : undefined),
    drops: (frame) => isMute && frame.type === 'events',
  }
  await house.clock.advance(2_000)
  room.editMessage(merged.commandId, 'no typo')
  expect(shown(client, roomId).rows).toMatchObject([{ body: 'no typo', status: 'sending', pendingChange: 'edit' }])
  expect(house.server.commands('edit-message')).toHaveLength(0)
  isMute = false
  await house.clock.advance(20_000)
  expect(stored(house, roomId)).toEqual(['no typo'])
  expect(house.server.commands('post-message').map((frame) => (frame.input as { body: string }).body)).toEqual([
    'typo',
    'typo',
  ])
  expect(house.server.commands('edit-message')).toHaveLength(1)
})

test('[F4] deleting a pending row that was never written withdraws it', async () => {
  const { house, ann, roomId } = designers()
  const client = await house.inRoom(ann, roomId)
  house.server.isDown = true
  house.server.cutAll()
  await house.clock.advance(0)
  const { commandId } = client.room(roomId).postMessage({ body: 'never mind' })
  client.room(roomId).deleteMessage(commandId)
  expect(bodies(client, roomId)).toEqual([])
  house.server.isDown = false
  await house.clock.advance(10_000)
  expect(stored(house, roomId)).toEqual([])
})

test('[M2][M3][M4] own changes show at once and stay until the log confirms them', async () => {
  const { house, ann, roomId } = designers()
  const { messageId } = house.world.post(ann.id, roomId, 'hello')
  const client = await house.inRoom(ann, roomId)
  const room = client.room(roomId)
  // The reply comes, its event does not yet: the row must not fall back in between.
  let holdsBack = true
  house.server.script = { drops: (frame) => holdsBack && frame.type === 'events' }
  room.editMessage(messageId, 'hello there')
  room.addReaction(messageId, '👍')
  const changed = { body: 'hello there', reactions: [{ emoji: '👍', count: 1, isMine: true }] }
  expect(shown(client, roomId).rows).toMatchObject([changed])
  await house.clock.advance(0)
  expect(client.outbox.value.queued).toBe(0)
  expect(shown(client, roomId).rows).toMatchObject([changed])
  holdsBack = false
  room.deleteMessage(messageId)
  expect(shown(client, roomId).rows).toMatchObject([{ isDeleted: true, pendingChange: 'delete' }])
  await house.clock.advance(0)
  expect(shown(client, roomId).rows).toMatchObject([{ isDeleted: true, pendingChange: undefined, body: '' }])
})

test('[X1] a refused reaction is undone and told', async () => {
  const { house, ann, roomId } = designers()
  const { messageId } = house.world.post(ann.id, roomId, 'hello')
  const client = await house.inRoom(ann, roomId)
  const notices: Notice[] = []
  client.notices.subscribe((notice) => notices.push(notice))
  house.server.script = { command: () => 'too-many-reactions' }
  client.room(roomId).addReaction(messageId, '👍')
  expect(shown(client, roomId).rows[0]?.reactions).toHaveLength(1)
  await house.clock.advance(0)
  expect(shown(client, roomId).rows[0]?.reactions).toEqual([])
  expect(notices).toMatchObject([{ kind: 'change-refused', refusal: { code: 'too-many-reactions' } }])
})

test('[F1] a reload brings the outbox back, and what was stored meanwhile is not sent as new', async () => {
  const { house, ann, roomId } = designers()
  const storage = memoryStorage()
  const before = await house.inRoom(ann, roomId, { storage })
  house.server.script = { command: () => 'cut' }
  const { kept } = before.room(roomId).postMessage({ body: 'stored, unknown to me' })
  expect(await kept).toBe(true)
  house.server.isDown = true
  await house.clock.advance(0)
  before.room(roomId).postMessage({ body: 'never written' })
  await settled()
  before.disconnect()
  house.server.isDown = false
  house.server.script = {}
  const after = await house.inRoom(ann, roomId, { storage })
  await house.clock.advance(1_000)
  expect(stored(house, roomId)).toEqual(['stored, unknown to me', 'never written'])
  expect(bodies(after, roomId)).toEqual(['stored, unknown to me', 'never written'])
  expect(after.outbox.value.queued).toBe(0)
})

test('[F5] where nothing can be kept, typing goes on and the person is told once', async () => {
  const { house, ann, roomId } = designers()
  const broken: OutboxStorage = new Proxy(memoryStorage(), {
    get: (storage, name) =>
      name === 'isShared' || name === 'close'
        ? Reflect.get(storage, name)
        : async () => {
            throw new StorageError('full', undefined)
          },
  })
  const client = house.client(ann, { storage: broken })
  const notices: Notice[] = []
  client.notices.subscribe((notice) => notices.push(notice))
  await client.whoAmI()
  client.connect()
  client.room(roomId).open()
  await house.clock.advance(0)
  const { kept } = client.room(roomId).postMessage({ body: 'hello' })
  expect(await kept).toBe(false)
  await house.clock.advance(0)
  expect(bodies(client, roomId)).toEqual(['hello'])
  expect(await client.drafts.set(roomId, 'draft')).toBe(false)
  expect(await client.drafts.get(roomId)).toBe('draft')
  expect(notices).toEqual([{ kind: 'storage-unavailable', cause: 'full' }])
})

/** What happens to each command on its way, and when the wire breaks. */
const fates = fc.array(
  fc.constantFrom<RefusalCode | 'mute' | 'cut' | undefined>(undefined, undefined, 'busy', 'mute', 'cut'),
  {
    maxLength: 40,
  },
)
const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('post' as const), room: fc.nat(1), count: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 4_000 }) }),
    fc.record({ kind: fc.constant('cut' as const) }),
    fc.record({ kind: fc.constant('reload' as const) }),
  ),
  { maxLength: 30 },
)

test('[F2][F3] whatever is lost, repeated, refused as busy or cut: every post is stored once, in the order of its room', async () => {
  await fc.assert(
    fc.asyncProperty(fates, steps, async (script, plan) => {
      const house = new House()
      const ann = house.person('Ann')
      const rooms = [house.world.createRoom(ann.id, 'one'), house.world.createRoom(ann.id, 'two')]
      const storage = memoryStorage()
      const queue = [...script]
      house.server.script = {
        command: ({ name }) => (name === 'post-message' ? queue.shift() : undefined),
        retryAfterMs: 300,
      }
      let client = await house.online(ann, { storage })
      const posted: string[][] = [[], []]
      for (const step of plan) {
        if (step.kind === 'post') {
          const roomId = rooms[step.room] as RoomId
          for (let post = 0; post < step.count; post += 1) {
            const body = `${posted[step.room]?.length}`
            posted[step.room]?.push(body)
            client.room(roomId).postMessage({ body })
          }
          await settled()
        } else if (step.kind === 'pass') await house.clock.advance(step.ms)
        else if (step.kind === 'cut') house.server.cutAll()
        else {
          client.disconnect()
          await settled()
          client = await house.online(ann, { storage })
        }
      }
      queue.length = 0
      await house.clock.advance(120_000)
      expect(rooms.map((roomId) => stored(house, roomId))).toEqual(posted)
      expect(client.outbox.value.queued).toBe(0)
    }),
    { numRuns: 60 },
  )
})
