import { type Config, readConfig } from '../../../server/src/config.ts'
import { type Receipt, readReceipts } from '../../../server/src/erase/receipts.ts'
import type { Rewriting, Rewritten } from '../../../server/src/erase/rewrite-postgres.ts'
import { scrubSqlite, walBytes } from '../../../server/src/erase/scrub-sqlite.ts'
import { databaseUrlOf } from '../../../server/src/open-database.ts'
import { openSnapshot } from '../../../server/src/open-snapshot.ts'
import { progressBar } from '../progress-bar.ts'
import type { ExitCode, Verb } from '../run.ts'
import { amount, bytes } from '../say.ts'
import { readWords, WrongWords } from '../words.ts'

export const erase: Verb = {
  does: 'removes from the disk what was erased before',
  help: `
parley erase --physical [--dry-run]
parley erase --receipts

Whatever was deleted in Parley can be read by nobody from that moment on. PostgreSQL keeps the bytes in its files until it
happens to write over them; this makes it do so now: every table is rewritten (VACUUM FULL), so are the samples that the planner
keeps, and the log of changes is gone round. Each table is locked while it is rewritten: people wait, and after 3 s are told
to try again, which their clients do by themselves. It needs as much free disk as the biggest table takes. Say it in a quiet
hour, as the owner of the database; for the log of changes and the samples it needs a superuser.

With --dry-run it says how much there is to rewrite, and changes nothing.

With SQLite erased texts are overwritten in the moment of erasing, and nothing is left to do but to empty the write-ahead log,
which the server does by itself.

With --receipts it lists what was erased (rooms, people) with the counts of what went, the newest first. A receipt that says
"finished" was written when nothing was left; it holds no name and no text, only ids.
`,
  async run(words) {
    const { flags } = readWords(words, {
      flags: ['physical', 'dry-run', 'receipts'],
      others: { least: 0, most: 0, called: '' },
    })
    const { config } = readConfig(process.env)
    if (flags.has('receipts')) return tellReceipts(config)
    if (!flags.has('physical'))
      throw new WrongWords('say --physical or --receipts; rooms, messages and accounts are deleted in the chat itself')
    const url = databaseUrlOf(config)
    if (url === undefined) return onSqlite(config.dataFolder, flags.has('dry-run'))
    return onPostgres(url, flags.has('dry-run'))
  },
}

async function tellReceipts(config: Config): Promise<ExitCode> {
  const snapshot = await openSnapshot(config)
  try {
    const receipts = await readReceipts(snapshot.reader)
    for (const receipt of receipts) process.stdout.write(`${lineOf(receipt)}\n`)
    if (receipts.length === 0) process.stdout.write('Nothing was erased yet.\n')
    return 0
  } finally {
    await snapshot.close()
  }
}

function lineOf({ subject, kind, requested_at, finished_at, ...counts }: Receipt): string {
  const what = { room: 'room  ', person: 'person', name: 'name  ' }[kind]
  const until = finished_at === null ? 'under way' : `finished ${new Date(finished_at).toISOString()}`
  const gone = [
    amount(counts.messages, 'message'),
    amount(counts.texts, 'text'),
    amount(counts.events, 'event'),
    amount(counts.reactions, 'reaction'),
    amount(counts.members, 'member'),
  ]
  return `${what}  ${subject}  asked for ${new Date(requested_at).toISOString()}, ${until}: ${gone.join(', ')}`
}

async function onSqlite(dataFolder: string, isDry: boolean): Promise<ExitCode> {
  process.stdout.write('SQLite: erased texts are overwritten with zeros in the moment of erasing.\n')
  if (isDry) {
    process.stdout.write(
      `The write-ahead log has ${bytes(walBytes(dataFolder))}; it would be emptied. Nothing was done.\n`,
    )
    return 0
  }
  const { before, after, isServed } = await scrubSqlite(dataFolder)
  const who = isServed ? 'by the server, which goes on' : 'no server was running'
  process.stdout.write(`The write-ahead log is emptied: it had ${bytes(before)} and has ${bytes(after)} (${who}).\n`)
  return 0
}

function tellPlan(planned: Rewriting): ExitCode {
  for (const { table, bytes: size, rows, dead } of planned.tables) {
    process.stdout.write(
      `${table.padEnd(14)} ${bytes(size).padStart(10)}  ${amount(rows, 'row')}, ${amount(dead, 'old one')}\n`,
    )
  }
  const total = planned.tables.reduce((sum, { bytes: size }) => sum + size, 0)
  process.stdout.write(
    `${bytes(total)} would be rewritten, a table at a time, each locked meanwhile; ${bytes(planned.biggest)} of disk are needed on the way.\n`,
  )
  process.stdout.write(
    planned.wal === undefined
      ? 'The log of changes cannot be seen by this user, and would be left to PostgreSQL.\n'
      : `The log of changes (${bytes(planned.wal)}) would be gone round.\n`,
  )
  for (const line of planned.elsewhere) process.stdout.write(`${line}\n`)
  process.stdout.write('Nothing was done.\n')
  return 0
}

async function onPostgres(url: string, isDry: boolean): Promise<ExitCode> {
  // Loaded only here: a server that starts with SQLite needs none of it.
  const { planRewriting, rewritePostgres } = await import('../../../server/src/erase/rewrite-postgres.ts')
  if (isDry) return tellPlan(await planRewriting(url))
  process.stderr.write('Tables are locked one after the other while they are rewritten; people wait for each.\n')
  const bar = progressBar()
  try {
    const done = await rewritePostgres(url, bar.progress)
    bar.end()
    return tellDone(done)
  } finally {
    bar.end()
  }
}

function tellDone({ tables, cleaned, notDone, elsewhere }: Rewritten): ExitCode {
  const total = tables.reduce((sum, { bytes: size }) => sum + size, 0)
  process.stdout.write(`Rewritten: ${amount(tables.length, 'table')} of ${bytes(total)}.\n`)
  if (cleaned.segments > 0)
    process.stdout.write(
      `The log of changes: ${amount(cleaned.segments, 'segment')} gone round, ${cleaned.kept} from before kept by PostgreSQL.\n`,
    )
  if (cleaned.kept > 0)
    process.stdout.write(
      'They go when wal_keep_size, archiving and replication slots let them; say the same again then.\n',
    )
  for (const line of elsewhere) process.stdout.write(`${line}\n`)
  for (const line of notDone) process.stderr.write(`This user may not do it: ${line}.\n`)
  return notDone.length > 0 ? 1 : 0
}
