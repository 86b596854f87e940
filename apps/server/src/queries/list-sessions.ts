import { sessionsOf } from '../storage/sessions.ts'
import { query } from './query.ts'

export const listSessions = query('list-sessions', async ({ reader, asker, now }) => {
  const rows = await sessionsOf(reader, asker.user.id)
  const sessions = rows
    .filter((row) => row.expires_at > now)
    .sort((a, b) => b.updated_at - a.updated_at)
    .map((row) => ({
      id: row.id,
      device: row.user_agent ?? 'Unknown device',
      createdAt: row.created_at,
      lastSeenAt: row.updated_at,
      isCurrent: row.id === asker.sessionId,
    }))
  return { sessions }
})
