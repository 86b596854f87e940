import { backUp } from '../../../server/src/backup/back-up.ts'
import { readConfig } from '../../../server/src/config.ts'
import { databaseUrlOf } from '../../../server/src/open-database.ts'
import type { Snapshot } from '../../../server/src/storage/snapshot.ts'
import { progressBar } from '../progress-bar.ts'
import type { Verb } from '../run.ts'
import { amount, bytes } from '../say.ts'
import { pathOf, readWords } from '../words.ts'

export const backup: Verb = {
  does: 'copies everything into one file, while the server runs',
  help: `
parley backup [<file>] [--force]

Copies one moment of the whole database (SQLite or PostgreSQL) into one file, while the server runs. Without a name the file
is called parley-<date>-<time>.backup and lies in the present folder. A file of that name is overwritten only with --force.
The file appears under its name only when it is whole and on disk.

It holds everything that the database holds, and the server's secret (unless PARLEY_SECRET_FILE gives it): keep it as
carefully as the database itself. "parley verify <file>" reads it again, byte by byte.
`,
  async run(words) {
    const { others, flags } = readWords(words, { flags: ['force'], others: { least: 0, most: 1, called: 'the file' } })
    const { config } = readConfig(process.env)
    const bar = progressBar()
    try {
      const done = await backUp({
        open: () => openSnapshot(config),
        dataFolder: config.dataFolder,
        secret: config.secret,
        path: pathOf(others[0] ?? defaultName()),
        overwrites: flags.has('force'),
        progress: bar.progress,
      })
      bar.end()
      const { rooms, tables, holdsSecret } = done
      const messages = tables.messages?.rows ?? 0
      process.stdout.write(
        `${done.path}: ${bytes(done.bytes)}, ${amount(Object.keys(rooms).length, 'room')}, ${amount(messages, 'message')}, ${amount(tables.users?.rows ?? 0, 'person', 'people')}\n`,
      )
      if (!holdsSecret)
        process.stdout.write('The secret of PARLEY_SECRET_FILE is not in it: keep a copy of that file too.\n')
      return 0
    } finally {
      bar.end()
    }
  },
}

async function openSnapshot(config: Parameters<typeof databaseUrlOf>[0]): Promise<Snapshot> {
  const url = databaseUrlOf(config)
  if (url === undefined) {
    const { openSqliteSnapshot } = await import('../../../server/src/storage/sqlite-database.ts')
    return openSqliteSnapshot(config.dataFolder)
  }
  const { openPostgresSnapshot } = await import('../../../server/src/storage/postgres-database.ts')
  return openPostgresSnapshot(url)
}

function defaultName(): string {
  const [date = '', time = ''] = new Date().toISOString().split('T')
  return `parley-${date}-${time.slice(0, 8).replaceAll(':', '')}.backup`
}
