import { LIMITS, newId, type RoomId, roomStream, type User, userStream } from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'
import { pairKeySource, pairOf, takePair } from '../storage/direct-pairs.ts'
import { readHead } from '../storage/heads.ts'
import { activityAt, toRoom } from '../storage/rooms.ts'
import type { Transaction } from '../storage/transaction.ts'
import { command } from './command.ts'
import { readPresentPerson } from './present-person.ts'
import { roomOfReceipt } from './receipt-room.ts'

// Both people's streams are locked: two who start with each other at once come one after the other, and get one room.
export const startDirect = command('start-direct', {
  locks: (input, actor) => [userStream(actor.id), userStream(input.userId)],
  texts: 2,
  onInstance: 'start-direct',
  receipt: {
    types: ['room-created', 'room-entered'],
    answer: (first) => ({ roomId: roomOfReceipt(first), seq: first.seq }),
  },
  async perform({ tx, actor, input, now, nameKey }) {
    if (input.userId === actor.id) refuse('person-not-found')
    const peer = (await readPresentPerson(tx, input.userId)) ?? refuse('person-not-found')
    const pair = pairOf(actor.id, peer.id)
    const key = nameKey(pairKeySource(pair))
    const known = await roomOfPair(tx, key)
    if (known) return { roomId: known, seq: await headOf(tx, known) }
    for (const { id } of [actor, peer]) {
      if ((await tx.members.countDirectOf(id)) >= LIMITS.directsPerPerson) refuse('too-many-rooms')
    }
    const roomId = newId<RoomId>(now)
    // The first write: whoever else might want the pair at the same moment gets this room. (SPEC A7)
    if ((await tx.writer.run(takePair, { ...pair, key, roomId })) === 0) throw new Error(`The pair ${key} has no room.`)
    return { roomId, seq: await makeRoom(tx, { roomId, actor, peer, now }) }
  },
})

async function roomOfPair(tx: Transaction, key: string): Promise<RoomId | undefined> {
  const [pair] = await tx.writer.lookup('direct_pairs', ['key'], [{ key }])
  return pair?.room_id
}

/** It may have been made by an earlier command of this batch. */
async function headOf(tx: Transaction, roomId: RoomId): Promise<number> {
  const stream = roomStream(roomId)
  return tx.streams.isOpen(stream) ? tx.streams.head(stream) : (await readHead(tx.writer, stream)).seq
}

interface NewDirect {
  readonly roomId: RoomId
  readonly actor: User
  readonly peer: User
  readonly now: number
}

/** Both are members from the start, and both own streams say so. Nobody's last room changes: entering does that. */
async function makeRoom(tx: Transaction, { roomId, actor, peer, now }: NewDirect): Promise<number> {
  const stream = roomStream(roomId)
  const row = {
    id: roomId,
    kind: 'direct',
    name_text: tx.texts.add(''),
    topic_text: tx.texts.add(''),
    owner_id: actor.id,
    created_at: now,
    active_at: activityAt(now),
    version: 1,
    is_read_only: 0,
    slow_seconds: 0,
  } as const
  tx.streams.create(stream)
  tx.rooms.insert(row)
  await tx.members.add(roomId, actor.id, now, 0)
  await tx.members.add(roomId, peer.id, now, 0)
  tx.streams.append(stream, { type: 'room-created', room: toRoom(row, '', '') })
  tx.streams.append(stream, { type: 'member-joined', userId: actor.id })
  const seq = tx.streams.append(stream, { type: 'member-joined', userId: peer.id }, [peer])
  tx.streams.append(userStream(actor.id), { type: 'room-entered', roomId }, [peer])
  tx.streams.append(userStream(peer.id), { type: 'room-entered', roomId }, [peer])
  return seq
}
