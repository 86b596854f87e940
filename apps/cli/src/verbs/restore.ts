import { restore as restoreBackup } from '../../../server/src/backup/restore.ts'
import { readConfig } from '../../../server/src/config.ts'
import { databaseUrlOf } from '../../../server/src/open-database.ts'
import { progressBar } from '../progress-bar.ts'
import type { Verb } from '../run.ts'
import { amount } from '../say.ts'
import { pathOf, readWords } from '../words.ts'

export const restore: Verb = {
  does: 'puts a backup into an empty database of either kind',
  help: `
parley restore <file> [--ledger <file or folder>]… [--sign-out]

Puts a backup into the database that PARLEY_DATA and PARLEY_DATABASE_URL name, which must be empty and not in use. A backup
of SQLite may be restored into PostgreSQL and the other way round. What lies there then is held against the backup.

Whatever was deleted after the backup was made is deleted again, as far as the erase ledgers say: give "erased.jsonl" of
every instance (or the data folder that holds it) with --ledger; that of PARLEY_DATA is taken by itself. The file comes with
the first erasure: a folder without one is named and passed over. Ledgers that are known and were not given are named.

Clients notice that the history has changed and load it afresh. With --sign-out everybody has to sign in again, so that
sessions that were ended after the backup do not come back.
`,
  async run(words) {
    const { others, flags, values } = readWords(words, {
      flags: ['sign-out'],
      values: ['ledger'],
      others: { least: 1, most: 1, called: 'the file' },
    })
    const { config } = readConfig(process.env)
    const bar = progressBar()
    try {
      const done = await restoreBackup({
        path: pathOf(others[0] ?? ''),
        dataFolder: config.dataFolder,
        databaseUrl: databaseUrlOf(config),
        secret: config.secret,
        ledgers: (values.get('ledger') ?? []).map(pathOf),
        signsOut: flags.has('sign-out'),
        progress: bar.progress,
      })
      bar.end()
      const { applied, missing, withoutLedger, broken, manifest } = done
      const messages = manifest.tables.messages?.rows ?? 0
      process.stdout.write(
        `Restored: ${amount(Object.keys(manifest.rooms).length, 'room')}, ${amount(messages, 'message')}; equal to the backup of ${new Date(done.header.madeAt).toISOString()}.\n`,
      )
      const erased = [
        amount(applied.rooms, 'room'),
        amount(applied.people, 'person', 'people'),
        amount(applied.messages, 'message'),
      ]
      process.stdout.write(`Erased again, because a ledger says so: ${erased.join(', ')}.\n`)
      if (applied.void > 0)
        process.stdout.write(
          `${amount(applied.void, 'line')} of the ledgers name what was never erased in the end; it stays.\n`,
        )
      for (const folder of withoutLedger)
        process.stdout.write(`There is no erased.jsonl in ${folder}: nothing was ever erased there.\n`)
      for (const place of broken)
        process.stderr.write(`A line of a ledger cannot be read and was passed over: ${place}\n`)
      for (const id of missing) {
        process.stderr.write(
          `The ledger ${id} was not given: what its instance erased after the backup is back. Give its erased.jsonl with --ledger, into an empty database again.\n`,
        )
      }
      return 0
    } finally {
      bar.end()
    }
  },
}
