import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readLedger } from '../../backup/ledger-lines.ts'
import type { Reader } from '../../storage/database.ts'
import { raw } from '../../storage/table-pages.ts'
import type { LedgerLine } from '../../storage/transaction.ts'
import { allOr, type Finding, ok, Trouble, warning } from '../finding.ts'
import type { Piece } from '../piece.ts'

const LINES_PER_PIECE = 500

const ALIVE =
  'It was erased and is back, or the server was cut off in that very moment: erase it again, or, if it shall stay, take its line out of the ledger, because restoring an older backup would erase it.'

/**
 * What the erase ledger of this data folder says is gone, is gone. A line is synced right before its commit, so the ledger is
 * read before the database is asked; a commit under way is waited out by the age of the line. (SPEC D4)
 */
export async function examineLedger(
  piece: Piece,
  { dataFolder, now }: { readonly dataFolder: string; readonly now: number },
): Promise<Finding[]> {
  const path = join(dataFolder, 'erased.jsonl')
  const known = await piece((reader) =>
    reader.all(raw<object, { key: string }>('ledgers of the doctor', LEDGERS, []), {}),
  )
  if (!existsSync(path)) {
    if (known.length === 0) return [ok('ledger', 'nothing was erased yet')]
    return [
      warning(
        'ledger',
        `There is no erased.jsonl in ${dataFolder}, though ${known.length} were written to`,
        'Ask the doctor on each instance, with its own data folder; a ledger that was lost cannot erase again what an old backup brings back.',
      ),
    ]
  }
  const { lines, broken } = await readLedger(path)
  const alive = new Trouble({ about: 'ledger', says: 'What the ledger says is erased is there', remedy: ALIVE })
  const torn = new Trouble({
    about: 'ledger',
    says: `${path} has lines that nobody can read`,
    remedy: 'What they name would come back with an old backup: keep younger backups only.',
    state: 'warning',
  })
  for (const line of broken) torn.note(`line ${line}`)
  const settled = lines.filter((line) => now - line.at > COMMITTING_MS)
  for (let start = 0; start < settled.length; start += LINES_PER_PIECE) {
    const part = settled.slice(start, start + LINES_PER_PIECE)
    await piece(async (reader) => {
      for (const { kind, id, at } of await livingOf(reader, part))
        alive.note(`${kind === 'name' ? 'person' : kind} ${id}, erased at ${new Date(at).toISOString()}`)
    })
  }
  return allOr(ok('ledger', `everything that ${lines.length} lines of the erase ledger name is gone`), [alive, torn])
}

/** A commit takes no longer from the sync of its line. */
const COMMITTING_MS = 60_000
const LEDGERS = `select key from meta where key like 'ledger:%'`

async function livingOf(reader: Reader, lines: readonly LedgerLine[]): Promise<LedgerLine[]> {
  const idsOf = (...kinds: readonly string[]) =>
    lines.filter(({ kind }) => kinds.includes(kind)).map(({ id }) => ({ id }))
  const rooms = await reader.lookup('rooms', ['id'], idsOf('room') as never) // as: a line's kind says what its id names
  const messages = await reader.lookup('messages', ['id'], idsOf('message') as never) // as: likewise
  const people = await reader.lookup('users', ['id'], idsOf('person', 'name') as never) // as: likewise
  const living = new Set<string>([
    ...rooms.map(({ id }) => id),
    ...[...messages, ...people].filter((row) => row.deleted_at === null).map(({ id }) => id),
  ])
  return lines.filter(({ id }) => living.has(id))
}
