import type { Verb } from '../run.ts'

export const migrate: Verb = {
  does: 'moves from SQLite to PostgreSQL, while the server runs',
  help: 'parley migrate --to postgres://…',
  run: async () => 1,
}
