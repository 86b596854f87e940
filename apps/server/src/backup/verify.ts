import { StartError } from '../start-error.ts'
import { BackupDamage, type FrameEntry, type Header, type Manifest } from './backup-format.ts'
import { BackupReader } from './backup-reader.ts'
import { keyFor, rowsIn, tableOf } from './backup-rows.ts'
import { roomsHurt } from './hurt-rooms.ts'
import type { Progress } from './progress.ts'
import { differences, Tally } from './tally.ts'

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
