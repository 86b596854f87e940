import { expect, test } from 'bun:test'
import type { RoomId, ServerFrame } from '@parley/protocol'
import fc from 'fast-check'
import { settled } from '../testing/fake-clock.ts'
import { House, shown } from '../testing/house.ts'
import type { ChatClient } from './chat-client.ts'
import { memoryStorage } from './memory-storage.ts'

/** Seeded chance, so that a failing run can be played again. */
function dice(seed: number): (sides: number) => number {
  let state = seed >>> 0
  return (sides) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * sides)
  }
}

/** What everybody must agree in, once all is quiet. */
function picture(client: ChatClient, roomId: RoomId) {
  const { phase, room, memberCount, lastNumber, rows } = shown(client, roomId)
  const messages = rows.map(({ number, body, isDeleted, editedAt, reactions, status, authorId }) => ({
    number,
    body,
    isDeleted,
    editedAt,
    status,
    authorId,
    reactions: reactions.map(({ emoji, count, people }) => ({ emoji, count, people })),
  }))
  return { phase, room, memberCount, lastNumber, messages }
}

const answers: readonly ServerFrame['type'][] = [
  'events',
  'reply',
  'refusal',
  'opened',
  'reset',
  'signals',
  'heartbeat',
]

test('[E5][E7] frames lost, connections cut, people away: every client ends equal to a fresh one, every post stored once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1 }), async (seed) => {
      const roll = dice(seed)
      const house = new House()
      const people = ['Ann', 'Bob', 'Eve'].map((name) => house.person(name))
      const [ann] = people
      if (!ann) throw new Error('nobody')
      const roomId = house.world.createRoom(ann.id, 'designers')
      let isLossy = true
      house.server.script = {
        command: ({ name }) => (isLossy && name === 'post-message' && roll(12) === 0 ? 'mute' : undefined),
        drops: (frame) => isLossy && answers.includes(frame.type) && roll(12) === 0,
      }
      const storages = people.map(() => memoryStorage())
      const clients = await Promise.all(
        people.map((user, index) => house.inRoom(user, roomId, { storage: storages[index] as never })),
      )
      let posts = 0
      for (let step = 0; step < 60; step += 1) {
        const who = roll(3)
        const client = clients[who] as ChatClient
        const room = client.room(roomId)
        const rows = room.view.value?.rows ?? []
        const row = rows[roll(Math.max(1, rows.length))]
        const chance = roll(20)
        if (chance < 7) room.postMessage({ body: `p${posts++}` })
        else if (chance < 9 && row?.messageId && row.isMine && !row.isDeleted)
          room.editMessage(row.messageId, `edit ${step}`)
        else if (chance < 10 && row?.messageId && row.isMine) room.deleteMessage(row.messageId)
        else if (chance < 12 && row?.messageId && !row.isDeleted) room.addReaction(row.messageId, '👍')
        else if (chance < 13 && row?.messageId && !row.isDeleted) room.removeReaction(row.messageId, '👍')
        else if (chance < 15) for (const socket of house.server.of((people[who] ?? ann).id)) socket.cut(1006)
        else if (chance < 17) await house.clock.advance(roll(3_000))
        else house.server.beat()
        await settled()
      }
      isLossy = false
      for (let beat = 0; beat < 8; beat += 1) {
        house.server.beat()
        await house.clock.advance(10_000)
      }
      const fresh = await house.inRoom(ann, roomId)
      while (shown(fresh, roomId).hasOlder) await fresh.room(roomId).loadOlder()
      for (const client of clients) {
        while (shown(client, roomId).hasOlder) await client.room(roomId).loadOlder()
        expect(client.outbox.value.queued).toBe(0)
        expect(picture(client, roomId)).toEqual(picture(fresh, roomId))
      }
      const { messages } = house.world.roomOf(roomId)
      expect(new Set(messages.map((message) => message.commandId)).size).toBe(posts)
      expect(messages).toHaveLength(posts)
    }),
    { numRuns: 15 },
  )
}, 60_000)
