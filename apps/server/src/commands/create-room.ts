import {
  cleanName,
  LIMITS,
  newId,
  type RoomId,
  roomNameProblem,
  roomStream,
  topicProblem,
  userStream,
} from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'
import { roomNameKeySource } from '../rules/room-names.ts'
import { activityAt, toRoom } from '../storage/rooms.ts'
import { setLastRoom } from '../storage/users.ts'
import { command } from './command.ts'
import { roomOfReceipt } from './receipt-room.ts'

export const createRoom = command('create-room', {
  locks: (_, actor) => [userStream(actor.id)],
  texts: 2,
  receipt: {
    types: ['room-created', 'room-entered'],
    answer: (first) => ({ roomId: roomOfReceipt(first), seq: first.seq }),
  },
  async perform({ tx, actor, input, now, nameKey }) {
    const name = cleanName(input.name)
    const topic = cleanName(input.topic ?? '')
    const problem = roomNameProblem(name) ?? topicProblem(topic)
    if (problem) refuse(problem)
    if ((await tx.members.countOf(actor.id)) >= LIMITS.roomsPerPerson) refuse('too-many-rooms')
    const roomId = newId<RoomId>(now)
    const kind = input.kind ?? 'public'
    // The first write: a name that two people want at the same moment goes to one of them. A private room's name is never
    // taken, or whoever is told so would learn that the room exists. (SPEC A7)
    const isFree = kind === 'private' || (await tx.rooms.takeName(nameKey(roomNameKeySource(name)), roomId))
    if (!isFree) refuse('room-name-taken')

    const stream = roomStream(roomId)
    const row = {
      id: roomId,
      kind,
      name_text: tx.texts.add(name),
      topic_text: tx.texts.add(topic),
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
    await tx.run(setLastRoom, { userId: actor.id, roomId })
    tx.streams.append(stream, { type: 'room-created', room: toRoom(row, name, topic) })
    const seq = tx.streams.append(stream, { type: 'member-joined', userId: actor.id })
    tx.streams.append(userStream(actor.id), { type: 'room-entered', roomId })
    return { roomId, seq }
  },
})
