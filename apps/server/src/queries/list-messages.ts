import { roomStream } from '@parley/protocol'
import { readHead } from '../storage/heads.ts'
import { readMessagePage } from '../storage/messages.ts'
import { authorise, query } from './query.ts'

export const listMessages = query('list-messages', async ({ reader, asker, input }) => {
  await authorise(reader, asker, input.roomId)
  const head = await readHead(reader, roomStream(input.roomId))
  return readMessagePage(reader, { ...input, viewerId: asker.user.id, lastNumber: head.number, seq: head.seq })
})
