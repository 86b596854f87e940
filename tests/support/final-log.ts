import type { HistoryEntry, LogRow } from '../../apps/cli/src/check/history-entry.ts'

/** Where a server keeps its truth: the address of a PostgreSQL database, or the data folder of SQLite. */
export type Truth = { readonly databaseUrl: string | undefined; readonly dataFolder: string }

/**
 * Reads streams, log, messages and tombstones with a reader of its own that knows nothing of the server's code, so that a
 * fault of the server's storage cannot hide itself.
 */
export async function readFinalLog({ databaseUrl, dataFolder }: Truth): Promise<HistoryEntry[]> {
  const { all, close } = databaseUrl === undefined ? await overSqlite(dataFolder) : await overPostgres(databaseUrl)
  try {
    const streams = await all('select id, head, number from streams')
    const events = await all(
      'select stream, seq, type, actor_id, command_id, part, subject, number from events order by stream, seq',
    )
    const messages = await all(
      'select m.room_id, m.number, m.id, m.author_id, m.deleted_at, t.body from messages m left join texts t on t.id = m.text_id order by m.room_id, m.number',
    )
    const tombstones = await all('select room_id from tombstones')
    return [
      ...streams.map(
        (row): HistoryEntry => ({
          kind: 'head',
          stream: text(row.id),
          seq: Number(row.head),
          number: Number(row.number),
        }),
      ),
      ...events.map((row): HistoryEntry => ({ kind: 'log', ...toLogRow(row) })),
      ...messages.map(
        (row): HistoryEntry => ({
          kind: 'message',
          stream: `room:${text(row.room_id)}`,
          number: Number(row.number),
          id: text(row.id),
          authorId: text(row.author_id),
          body: row.deleted_at === null ? text(row.body) : '',
          isDeleted: row.deleted_at !== null,
        }),
      ),
      ...tombstones.map((row): HistoryEntry => ({ kind: 'tombstone', stream: `room:${text(row.room_id)}` })),
    ]
  } finally {
    await close()
  }
}

type Row = Readonly<Record<string, unknown>>
interface Reading {
  all(sql: string): Promise<readonly Row[]>
  close(): Promise<void>
}

async function overSqlite(dataFolder: string): Promise<Reading> {
  const { Database } = await import('bun:sqlite')
  const db = new Database(`${dataFolder}/parley.db`, { readonly: true })
  // One transaction, so that everything is of the same moment.
  db.run('begin')
  return {
    all: async (sql) => db.query<Row, []>(sql).all(),
    close: async () => db.close(),
  }
}

async function overPostgres(url: string): Promise<Reading> {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('begin transaction isolation level repeatable read read only')
  return { all: async (sql) => (await client.query<Row>(sql)).rows, close: () => client.end() }
}

function toLogRow(row: Row): LogRow {
  return {
    stream: text(row.stream),
    seq: Number(row.seq),
    type: text(row.type),
    actorId: text(row.actor_id),
    commandId: text(row.command_id),
    part: Number(row.part),
    ...(row.subject === null ? {} : { subject: text(row.subject) }),
    ...(row.number === null ? {} : { number: Number(row.number) }),
  }
}

/** SQLite keeps what people type as bytes. */
function text(value: unknown): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value)
}
