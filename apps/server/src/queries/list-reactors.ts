import { LIMITS } from '@parley/protocol'
import { refuse } from '../rules/refusal.ts'
import { readReactors } from '../storage/reactions.ts'
import { readUsers } from '../storage/users.ts'
import { authorise, query } from './query.ts'

export const listReactors = query('list-reactors', async ({ reader, asker, input }) => {
  await authorise(reader, asker, input.roomId)
  const { messageId } = input
  const [message] = await reader.lookup('messages', ['id'], [{ id: messageId }])
  if (message?.room_id !== input.roomId || message.deleted_at !== null) refuse('message-not-found')
  const { ids, total } = await readReactors(reader, { messageId, emoji: input.emoji, limit: LIMITS.usersPerQuery })
  return { users: await readUsers(reader, ids), total }
})
