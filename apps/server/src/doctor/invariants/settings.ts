import type { Reader } from '../../storage/database.ts'
import { raw } from '../../storage/table-pages.ts'
import { COLUMNS } from '../../storage/tables.ts'
import { type Finding, failing, ok, warning } from '../finding.ts'
import { type Piece, RESTORE } from '../piece.ts'

const MOST_PROBLEMS = 20
/** Of the server's connections, this share may be in use. */
const CROWDED = 0.8

const rows = <Row>(reader: Reader, name: string, sql: string): Promise<Row[]> =>
  reader.all(raw<object, Row>(`doctor's ${name}`, sql, []), {})

/** The file itself: its journal, and whether its pages are sound, table by table. */
export async function examineSqlite(piece: Piece): Promise<Finding[]> {
  const findings: Finding[] = []
  const [journal] = await piece((reader) => rows<{ journal_mode: string }>(reader, 'journal', 'pragma journal_mode'))
  const mode = journal?.journal_mode
  findings.push(
    mode === 'wal'
      ? ok('database settings', 'SQLite keeps a write-ahead log (WAL); the server syncs every commit')
      : failing(
          'database settings',
          `SQLite's journal mode is ${mode}`,
          'Something else has opened the file and changed it: stop that, and start the server, which sets WAL.',
        ),
  )
  const problems: string[] = []
  for (const table of Object.keys(COLUMNS)) {
    const said = await piece((reader) =>
      rows<{ quick_check: string }>(reader, `check of ${table}`, `pragma quick_check('${table}')`).catch(
        (error: unknown) => [{ quick_check: error instanceof Error ? error.message : String(error) }],
      ),
    )
    for (const { quick_check: text } of said) if (text !== 'ok') problems.push(`${table}: ${text}`)
  }
  findings.push(
    problems.length === 0
      ? ok('database file', 'every page is sound (quick_check)')
      : {
          ...failing('database file', problems.slice(0, 3).join('; '), RESTORE),
          named: problems.slice(0, MOST_PROBLEMS),
        },
  )
  return findings
}

interface Server {
  readonly version: string
  readonly max: number
  readonly used: number
  readonly standbys: number
  readonly asynchronous: number
  readonly checksums: string
}

const SETTINGS = `select name, setting from pg_settings where name in
  ('fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums', 'max_connections', 'server_version')`
const ACTIVITY = `select (select count(*) from pg_stat_activity where backend_type = 'client backend') as used,
  (select count(*) from pg_stat_replication) as standbys,
  (select count(*) from pg_stat_replication where sync_state = 'async') as asynchronous`
const INVALID = `select c.relname as name from pg_index i join pg_class c on c.oid = i.indexrelid
  join pg_namespace n on n.oid = c.relnamespace where not i.indisvalid and n.nspname = current_schema()`

/** What PostgreSQL promises of a commit, and whether it has room. (SPEC S2) */
export async function examinePostgres(piece: Piece): Promise<Finding[]> {
  const { settings, activity, invalid } = await piece(async (reader) => ({
    settings: new Map(
      (await rows<{ name: string; setting: string }>(reader, 'settings', SETTINGS)).map(({ name, setting }) => [
        name,
        setting,
      ]),
    ),
    activity: await rows<{ used: number; standbys: number; asynchronous: number }>(reader, 'activity', ACTIVITY),
    invalid: await rows<{ name: string }>(reader, 'invalid indexes', INVALID),
  }))
  const server: Server = {
    version: settings.get('server_version') ?? '',
    max: Number(settings.get('max_connections')),
    used: Number(activity[0]?.used ?? 0),
    standbys: Number(activity[0]?.standbys ?? 0),
    asynchronous: Number(activity[0]?.asynchronous ?? 0),
    checksums: settings.get('data_checksums') ?? 'off',
  }
  const off = ['fsync', 'synchronous_commit', 'full_page_writes'].filter((name) => settings.get(name) === 'off')
  const findings = off.map((name) =>
    failing(
      'database settings',
      `PostgreSQL runs with ${name} = off and may lose what it acknowledged`,
      `Set ${name} = on in postgresql.conf and reload it.`,
    ),
  )
  if (off.length === 0)
    findings.push(
      ok(
        'database settings',
        `PostgreSQL ${server.version} syncs every commit (fsync, synchronous_commit, full_page_writes)`,
      ),
    )
  for (const { name } of invalid)
    findings.push(failing('database settings', `The index ${name} is not valid`, `Say in psql: reindex index ${name};`))
  return [...findings, ...roomOf(server)]
}

function roomOf({ max, used, standbys, asynchronous, checksums }: Server): Finding[] {
  const findings: Finding[] = []
  if (used > max * CROWDED)
    findings.push(
      warning(
        'database connections',
        `${used} of ${max} connections are in use`,
        'Raise max_connections (an instance takes up to 14), or end what else connects.',
      ),
    )
  else findings.push(ok('database connections', `${used} of ${max} in use`))
  if (standbys > 0 && asynchronous === standbys)
    findings.push(
      warning(
        'standbys',
        `All ${standbys} standbys are asynchronous`,
        'A standby that takes over may lack the last messages that were acknowledged: name one in synchronous_standby_names.',
      ),
    )
  if (checksums === 'off')
    findings.push(
      warning(
        'database checksums',
        'PostgreSQL keeps no checksums of its pages: a failing disk would change them unseen',
        'Stop PostgreSQL once and run pg_checksums --enable.',
      ),
    )
  return findings
}
