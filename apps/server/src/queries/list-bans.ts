import { LIMITS } from '@parley/protocol'
import { listBans as readBans } from '../storage/bans.ts'
import { readUsers } from '../storage/users.ts'
import { authorise, query } from './query.ts'

export const listBans = query('list-bans', async ({ reader, asker, input: { roomId }, now }) => {
  await authorise(reader, asker, roomId, 'list-bans')
  const bans = await readBans(reader, { roomId, now, limit: LIMITS.bansShown })
  const people = await readUsers(
    reader,
    bans.map((ban) => ban.user_id),
  )
  const users = new Map(people.map((user) => [user.id, user]))
  return {
    bans: bans.flatMap(({ user_id, banned_at, banned_until }) => {
      const user = users.get(user_id)
      return user ? [{ user, at: banned_at, ...(banned_until !== null && { until: banned_until }) }] : []
    }),
  }
})
