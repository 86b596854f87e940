import { move } from '../../../server/src/backup/move.ts'
import { findMoveSource } from '../../../server/src/backup/move-source.ts'
import { readConfig } from '../../../server/src/config.ts'
import { progressBar } from '../progress-bar.ts'
import type { ExitCode, Verb } from '../run.ts'
import { amount } from '../say.ts'
import { readWords, WrongWords } from '../words.ts'

export const migrate: Verb = {
  does: 'moves from SQLite to PostgreSQL, while the server runs',
  help: `
parley migrate --to postgres://user:password@host:5432/database
parley migrate --abandon

Moves the SQLite database of PARLEY_DATA to an empty PostgreSQL database. The server may run: everybody reads all the time,
and writes except for the moment of the last cut, when what is sent waits in the clients. Then every room is equal on both
sides (head, messages, digest), the server goes on with PostgreSQL on the same port, and clients go on without noticing.
If no server runs, the next start goes on with PostgreSQL.

It may be stopped or killed at any moment: said again, it goes on where it stopped. The address is kept in the data folder
(moved-to.json, readable by its owner alone); PARLEY_DATABASE_URL wins over it. The old parley.db stays as it is.
The address may also come from PARLEY_MOVE_TO, so that no password stands in the list of processes.

With --abandon a move that was begun is given up.
`,
  async run(words) {
    const { values, flags } = readWords(words, {
      flags: ['abandon'],
      values: ['to'],
      others: { least: 0, most: 0, called: '' },
    })
    const { PARLEY_MOVE_TO: kept, ...environment } = process.env
    const { config } = readConfig(environment)
    const dataFolder = config.dataFolder
    if (flags.has('abandon')) return abandon(dataFolder)
    const [to = kept] = values.get('to') ?? []
    if (to === undefined) throw new WrongWords('say where to, with --to postgres://user:password@host:5432/database')
    if (!(/^postgres(ql)?:\/\//.test(to) && URL.canParse(to))) {
      throw new WrongWords('--to is not an address of the form postgres://user:password@host:5432/database')
    }
    const bar = progressBar()
    const source = await findMoveSource(dataFolder)
    try {
      const { rooms, tables, shutMs, wasResumed } = await move({
        dataFolder,
        to,
        secret: config.secret,
        source,
        progress: bar.progress,
      })
      bar.end()
      const counts = [
        amount(Object.keys(rooms).length, 'room'),
        amount(tables.messages?.rows ?? 0, 'message'),
        amount(tables.users?.rows ?? 0, 'person', 'people'),
      ]
      process.stdout.write(
        `Moved${wasResumed ? ', going on where it stopped' : ''}: ${counts.join(', ')}; every room is equal.\n`,
      )
      process.stdout.write(
        source.isServed
          ? `The server goes on with PostgreSQL; what was sent in the last ${shutMs} ms waited in the clients.\n`
          : 'The next start goes on with PostgreSQL.\n',
      )
      return 0
    } finally {
      bar.end()
      await source.close()
    }
  },
}

async function abandon(dataFolder: string): Promise<ExitCode> {
  const source = await findMoveSource(dataFolder)
  try {
    await source.abandon()
    process.stdout.write(
      'The move is given up; the database is as before. What was copied to PostgreSQL may be dropped.\n',
    )
    return 0
  } finally {
    await source.close()
  }
}
