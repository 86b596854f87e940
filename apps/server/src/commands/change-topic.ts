import { cleanName, roomStream, topicProblem } from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'
import { toRoom } from '../storage/rooms.ts'
import { command, roomOf, seqOf } from './command.ts'

export const changeTopic = command('change-topic', {
  locks: (input) => [roomStream(input.roomId)],
  texts: 1,
  inRoom: 'change-topic',
  receipt: { types: ['topic-changed'], answer: seqOf },
  async perform({ tx, input }) {
    const room = roomOf(tx, input.roomId)
    const topic = cleanName(input.topic)
    const problem = topicProblem(topic)
    if (problem) refuse(problem)
    const stream = roomStream(room.id)
    if (topic === (await tx.texts.read(room.topic_text))) return { seq: tx.streams.head(stream) }
    const name = await tx.texts.read(room.name_text)
    const topicText = tx.texts.add(topic)
    await tx.texts.erase([room.topic_text])
    const changed = { ...room, topic_text: topicText, version: tx.streams.nextSeq(stream) }
    await tx.rooms.change(changed)
    return { seq: tx.streams.append(stream, { type: 'topic-changed', room: toRoom(changed, name, topic) }) }
  },
})
