import { cleanName, roomNameProblem, roomStream } from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'
import { roomNameKeySource } from '../rules/room-names.ts'
import { toRoom } from '../storage/rooms.ts'
import { command, roomOf, seqOf } from './command.ts'

export const renameRoom = command('rename-room', {
  locks: (input) => [roomStream(input.roomId)],
  texts: 1,
  inRoom: 'rename-room',
  receipt: { types: ['room-renamed'], answer: seqOf },
  async perform({ tx, input, nameKey }) {
    const room = roomOf(tx, input.roomId)
    const name = cleanName(input.name)
    const problem = roomNameProblem(name)
    if (problem) refuse(problem)
    const stream = roomStream(room.id)
    const oldName = await tx.texts.read(room.name_text)
    if (name === oldName) return { seq: tx.streams.head(stream) }
    if (room.kind === 'public' && roomNameKeySource(name) !== roomNameKeySource(oldName)) {
      const key = nameKey(roomNameKeySource(name))
      if (!(await tx.rooms.takeName(key, room.id))) refuse('room-name-taken')
      await tx.rooms.freeNames(room.id, key)
    }
    const topic = await tx.texts.read(room.topic_text)
    const nameText = tx.texts.add(name)
    await tx.texts.erase([room.name_text])
    const changed = { ...room, name_text: nameText, version: tx.streams.nextSeq(stream) }
    await tx.rooms.change(changed)
    return { seq: tx.streams.append(stream, { type: 'room-renamed', room: toRoom(changed, name, topic) }) }
  },
})
