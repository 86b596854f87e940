import { migrations } from '../../storage/migrate.ts'
import type { DialectName } from '../../storage/statement.ts'
import { raw } from '../../storage/table-pages.ts'
import { readUnfinished } from '../../storage/unfinished.ts'
import { type Finding, failing, ok, warning } from '../finding.ts'
import { type Piece, RESTORE } from '../piece.ts'

/** Without these the database cannot keep the promises that they stand for. */
const UNIQUE = [
  { index: 'events_receipt', keeps: 'one command from counting twice' },
  { index: 'messages_id', keeps: 'two messages from having one id' },
] as const

export interface Schema {
  readonly findings: readonly Finding[]
  /** Whether events can be found by their command; otherwise that would read all of them each time. */
  readonly hasReceipts: boolean
  /** False: a migration is missing, so that what this version asks for may not be there. */
  readonly isKnown: boolean
}

/** Migrations, indexes that promises rest on, and half copies. (SPEC C5, K3, K5) */
export async function examineSchema(piece: Piece, dialect: DialectName): Promise<Schema> {
  const { applied, unique, unfinished } = await piece(async (reader) => ({
    applied: await reader.all(raw<object, { name: string }>('migrations of the doctor', MIGRATIONS, []), {}),
    unique: await reader.all(raw<object, { name: string }>('indexes of the doctor', INDEXES[dialect], []), {}),
    unfinished: await readUnfinished(reader),
  }))
  const names = applied.map(({ name }) => name)
  const missing = Object.keys(migrations(dialect)).filter((name) => !names.includes(name))
  const findings: Finding[] = migrationFindings(names, missing, dialect)
  const indexes = new Set(unique.map(({ name }) => name))
  for (const { index, keeps } of UNIQUE) {
    if (indexes.has(index)) continue
    const says = `The unique index ${index} is missing, which keeps ${keeps}`
    findings.push(failing('schema', says, RESTORE))
  }
  if (!indexes.has('events_receipt')) findings.push(...(await doubledCommands(piece)))
  if (unfinished) {
    const what = unfinished.kind === 'restore' ? 'A restore' : 'A move to this database'
    findings.push(
      failing('schema', `${what} has not come to its end`, 'Say the same "parley restore" or "parley migrate" again.'),
    )
  }
  const isWell = findings.every(({ state }) => state === 'ok')
  if (isWell) findings.push(ok('receipts', 'no command of anybody can count twice: the index that says so is there'))
  return { findings, hasReceipts: indexes.has('events_receipt'), isKnown: missing.length === 0 }
}

function migrationFindings(applied: readonly string[], missing: readonly string[], dialect: DialectName): Finding[] {
  const wanted = Object.keys(migrations(dialect))
  const foreign = applied.filter((name) => !wanted.includes(name))
  if (missing.length > 0)
    return [
      failing(
        'schema',
        `Migrations are missing: ${missing.join(', ')}`,
        'Start this version of Parley once: it brings the database up to date.',
      ),
    ]
  if (foreign.length > 0)
    return [
      warning(
        'schema',
        `A newer Parley has migrated this database: ${foreign.join(', ')}`,
        'Ask the doctor of that version; this one does not know what else it holds.',
      ),
    ]
  return [ok('schema', `as this version expects, with ${applied.length} migrations`)]
}

async function doubledCommands(piece: Piece): Promise<Finding[]> {
  const rows = await piece((reader) =>
    reader.all(raw<object, { actor_id: string; command_id: string }>('doubled commands', DOUBLED, []), {}),
  )
  if (rows.length === 0) return []
  const named = rows.map((row) => `${row.command_id} of ${row.actor_id}`)
  return [{ ...failing('receipts', `Commands counted twice: ${named.slice(0, 3).join('; ')}`, RESTORE), named }]
}

const MIGRATIONS = 'select name from kysely_migration order by name'
const DOUBLED = `select actor_id, command_id from events group by actor_id, command_id, part having count(*) > 1 limit 100`
const INDEXES: Record<DialectName, string> = {
  sqlite: `select i.name as name from sqlite_schema s, pragma_index_list(s.name) i where s.type = 'table' and i."unique" = 1`,
  postgres: `select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
    join pg_namespace n on n.oid = t.relnamespace where i.indisunique and i.indisvalid and n.nspname = current_schema()`,
}
