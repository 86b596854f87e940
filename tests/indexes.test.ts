import { Database as Handle } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { startServer } from './support/harness.ts'

const ONCE_ENTERED = `explain query plan
  select seq from events where stream = ? and subject = ? and type = 'room-entered' limit 1`
const FORGET_ENTRY = 'explain query plan delete from entries where user_id = ?'

// Somebody who enters and leaves all day long could otherwise make each question about a foreign room slower than the last.
test('[V2] whether somebody ever was in a room is found without going through all that they did', async () => {
  await using server = await startServer()
  const db = new Handle(`${server.dataFolder}/parley.db`, { readonly: true })
  const plan = (sql: string) =>
    db
      .query<{ detail: string }, []>(sql.replaceAll('?', "'x'"))
      .all()
      .map(({ detail }) => detail)
      .join('\n')
  expect(plan(ONCE_ENTERED)).toContain('events_entered (stream=? AND subject=?)')
  expect(plan(FORGET_ENTRY)).toContain('entries_user (user_id=?)')
  db.close()
}, 30_000)
