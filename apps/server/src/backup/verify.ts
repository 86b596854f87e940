import { StartError } from '../start-error.ts'
import type { Key, Row } from '../storage/table-pages.ts'
import { COLUMNS, type TableName } from '../storage/tables.ts'
import { BackupDamage, BackupReader, type FrameEntry, type Header, type Manifest } from './backup-file.ts'
import { copyKey, fingerprint } from './instance-secret.ts'
import type { Progress } from './progress.ts'
import { differences, roomOfRow, Tally } from './tally.ts'

export interface VerifyOptions {
  readonly path: string
  /** From PARLEY_SECRET_FILE: needed where the file does not hold the secret. */
  readonly secret?: string | undefined
  readonly progress?: Progress
}

export interface Verdict {
  readonly header?: Header
  readonly manifest?: Manifest
  /** What is wrong, in words; empty when all is as it was written. */
  readonly problems: readonly string[]
  /** Rooms that the damage touches. */
  readonly rooms: readonly string[]
}

/** Reads every byte of a backup and holds it against its manifest. Errors: `StartError` when there is nothing to verify. */
export async function verifyBackup(options: VerifyOptions): Promise<Verdict> {
  let reader: BackupReader
  try {
    reader = await BackupReader.open(options.path)
  } catch (error) {
    if (error instanceof BackupDamage)
      return { problems: [`This is no backup, or it is damaged: ${error.message}.`], rooms: [] }
    throw new StartError(`${options.path} cannot be read (${error instanceof Error ? error.message : String(error)}).`)
  }
  try {
    return await verify(reader, options)
  } finally {
    await reader.close()
  }
}

/** The key for a header, from the secret that it holds or that was given. Errors: `StartError`. */
export function keyFor(given: string | undefined): (header: Header) => ReturnType<typeof copyKey> {
  return (header) => {
    const secret = header.secret ?? given
    if (secret === undefined) {
      throw new StartError(
        'The backup was made with PARLEY_SECRET_FILE and does not hold the secret: set PARLEY_SECRET_FILE to the same.',
      )
    }
    if (header.secret === undefined && fingerprint(secret) !== header.secretFingerprint) {
      throw new StartError('The backup was made with another secret than the one in PARLEY_SECRET_FILE.')
    }
    return copyKey(secret)
  }
}

async function verify(reader: BackupReader, { secret, progress }: VerifyOptions): Promise<Verdict> {
  let header: Header
  try {
    header = await reader.header(keyFor(secret))
  } catch (error) {
    if (error instanceof BackupDamage)
      return { problems: [`The file is damaged at its beginning: ${error.message}.`], rooms: [] }
    throw error
  }
  let manifest: Manifest
  try {
    manifest = await reader.manifest()
  } catch (error) {
    if (!(error instanceof BackupDamage)) throw error
    return { header, ...(await withoutManifest(reader, header, error)) }
  }
  const tally = new Tally(keyFor(secret)(header))
  const bad: FrameEntry[] = []
  const digests: Buffer[] = []
  const problems: string[] = []
  for (const [index, entry] of manifest.frames.entries()) {
    try {
      const { text, digest } = await reader.frame(entry, index)
      digests.push(digest)
      if (entry.table !== undefined) tally.add(tableOf(entry), rowsIn(text, header, tableOf(entry)))
    } catch (error) {
      if (!(error instanceof BackupDamage)) throw error
      bad.push(entry)
      const what =
        entry.table === undefined ? `the ${entry.kind}` : `a part of the table ${entry.table} (${entry.rows} rows)`
      problems.push(`At byte ${entry.at}, ${what} is damaged: ${error.message}.`)
    }
    progress?.({ what: 'Reading', done: entry.at + entry.bytes, total: reader.size })
  }
  if (bad.length > 0) return { header, manifest, problems, rooms: await roomsHurt(reader, { header, manifest, bad }) }
  if (!reader.isWhole(manifest, digests)) problems.push('The file as a whole does not match its digest.')
  problems.push(...differences(manifest, tally.totals()))
  return { header, manifest, problems, rooms: [] }
}

export function rowsIn(text: string, header: Header, table: TableName): Row[] {
  const columns = header.columns[table] ?? []
  return text.split('\n').map((line) => {
    const cells: readonly (string | number | null)[] = JSON.parse(line)
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? null]))
  })
}

export function tableOf(entry: FrameEntry): TableName {
  if (entry.table === undefined || !(entry.table in COLUMNS)) {
    throw new StartError(
      `The backup holds a table "${entry.table}" that this Parley does not know: it was made by a newer one.`,
    )
  }
  return entry.table as TableName // as: just looked up
}

/** Without its end, only what comes before the first damage can be told. */
async function withoutManifest(
  reader: BackupReader,
  header: Header,
  damage: BackupDamage,
): Promise<Pick<Verdict, 'problems' | 'rooms'>> {
  let frames = 0
  let last = ''
  for await (const { kind, text } of reader.survivors()) {
    frames += 1
    if (kind === 'rows') last = text.slice(text.lastIndexOf('\n') + 1, text.lastIndexOf('\n') + 120)
  }
  const until = last === '' ? '' : ` The last whole row begins with ${last}.`
  const kept = `${frames} parts from its beginning are whole.${until}`
  return {
    problems: [`The backup of ${new Date(header.madeAt).toISOString()} is damaged: ${damage.message}. ${kept}`],
    rooms: [],
  }
}

/** Which rooms a damaged part touches: by its keys where they begin with the room, else by the messages that refer to it. */
async function roomsHurt(
  reader: BackupReader,
  found: { readonly header: Header; readonly manifest: Manifest; readonly bad: readonly FrameEntry[] },
): Promise<string[]> {
  const { header, manifest, bad } = found
  const hurt = new Set<string>()
  const texts: FrameEntry[] = []
  const reactions: FrameEntry[] = []
  for (const entry of bad) {
    if (entry.table === 'texts') texts.push(entry)
    else if (entry.table === 'reactions') reactions.push(entry)
    else for (const id of Object.keys(manifest.rooms)) if (mayHold(entry, id)) hurt.add(id)
  }
  const names = new Map<string, number>()
  const bodies = new Map<number, string>()
  for (const [index, entry] of manifest.frames.entries()) {
    if (bad.includes(entry) || !['messages', 'rooms'].includes(entry.table ?? '')) continue
    const { text } = await reader.frame(entry, index)
    for (const row of rowsIn(text, header, tableOf(entry))) {
      const roomId = roomOfRow(tableOf(entry), row)
      if (roomId === undefined) continue
      const refers = entry.table === 'messages' ? [row.text_id] : [row.name_text, row.topic_text]
      if (entry.table === 'rooms') names.set(roomId, Number(row.name_text))
      if (texts.some((part) => refers.some((id) => isWithin(part, [id ?? null])))) hurt.add(roomId)
      if (entry.table === 'messages' && reactions.some((part) => isWithin(part, [row.id ?? null]))) hurt.add(roomId)
    }
  }
  const wanted = new Set([...hurt].flatMap((id) => names.get(id) ?? []))
  for (const [index, entry] of manifest.frames.entries()) {
    if (bad.includes(entry) || entry.table !== 'texts' || wanted.size === 0) continue
    if (![...wanted].some((id) => isWithin(entry, [id]))) continue
    const { text } = await reader.frame(entry, index)
    for (const row of rowsIn(text, header, 'texts')) {
      if (wanted.has(Number(row.id))) bodies.set(Number(row.id), String(row.body))
    }
  }
  return [...hurt].sort().map((id) => {
    const name = bodies.get(names.get(id) ?? -1)
    return name === undefined || name === '' ? id : `${id} ("${name}")`
  })
}

function mayHold(entry: FrameEntry, roomId: string): boolean {
  switch (entry.table) {
    case 'rooms':
    case 'members':
    case 'bans':
    case 'absences':
    case 'messages':
    case 'tombstones':
      return isWithin(entry, [roomId])
    case 'streams':
    case 'events':
      return isWithin(entry, [`room:${roomId}`])
    default:
      return false
  }
}

/** Whether a key that begins so may lie in this part. */
function isWithin({ first, last }: FrameEntry, beginning: Key): boolean {
  if (!first || !last) return false
  const [value = null] = beginning
  return compare(value, first[0] ?? null) >= 0 && compare(value, last[0] ?? null) <= 0
}

function compare(a: Key[number], b: Key[number]): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
}
