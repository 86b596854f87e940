import { createHmac, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { link, open, readFile, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StartError } from '../start-error.ts'
import type { Database } from '../storage/database.ts'
import { statement } from '../storage/statement.ts'
import { syncFolder } from '../storage/sync-folder.ts'

/**
 * What everything secret of this instance is derived from, one key per purpose. Losing it signs everybody out and frees all
 * names for others, so it belongs into backups.
 */
export interface Secret {
  /** Signs session tokens: the text whose UTF-8 bytes are the key. */
  readonly signing: string
  readonly signingKey: KeyObject
  readonly names: KeyObject
  readonly entries: KeyObject
  readonly invitations: KeyObject
}

/**
 * Reads the instance's secret, or makes it at the first start: with SQLite it lies in the data folder, with PostgreSQL in the
 * database, so that every instance reads the same. Where PARLEY_SECRET_FILE gives one, `secretFrom` takes that. (SPEC C4)
 */
export async function loadSecret(from: { readonly db: Database; readonly dataFolder: string }): Promise<Secret> {
  if (from.db.dialect === 'postgres') return secretFrom(await secretInDatabase(from.db))
  return secretFrom(await secretInFolder(from.dataFolder))
}

const SHORTEST = 32

/** Errors: too short to be one. */
export function secretFrom(text: string): Secret {
  if (text.length < SHORTEST) throw new Error(`A secret has at least ${SHORTEST} characters.`)
  const derive = (purpose: string) => Buffer.from(hkdfSync('sha256', text, '', `parley ${purpose}`, 32))
  const signing = derive('session tokens').toString('base64url')
  return {
    signing,
    signingKey: createSecretKey(signing, 'utf8'),
    names: createSecretKey(derive('name keys')),
    entries: createSecretKey(derive('entries')),
    invitations: createSecretKey(derive('invitations')),
  }
}

/**
 * What a name is stored as where names must be unique. Whoever reads the database cannot read the names of it, so that a
 * key may outlive an erasure for a moment. Begin `text` with what it is the name of. (SPEC A7)
 */
export function nameKey(secret: Secret, text: string): string {
  return createHmac('sha256', secret.names).update(text).digest('base64url')
}

/** The token of the invitation link that this source leads to: 24 bytes that nobody guesses without the secret. */
export function invitationToken(secret: Secret, source: string): string {
  return createHmac('sha256', secret.invitations).update(source).digest().subarray(0, 24).toString('base64url')
}

async function secretInFolder(dataFolder: string): Promise<string> {
  const path = join(dataFolder, 'secret')
  const known = await readFile(path, 'utf8').catch(ignoreMissing)
  const text = known ?? (await makeFile(path, newSecret()))
  if (text.trim().length >= SHORTEST) return text.trim()
  throw new StartError(`${path} is damaged: it holds fewer than ${SHORTEST} characters. Restore it from a backup.`)
}

// Written beside and linked into place: whoever reads `path` finds a whole secret, and of two who make one the first wins.
async function makeFile(path: string, text: string): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(`${text}\n`)
    await file.sync()
    await file.close()
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  } finally {
    await unlink(draft)
  }
  // Before anybody is let in: lost in a power cut, it would sign them out again and free their names.
  await syncFolder(dirname(path))
  return readFile(path, 'utf8')
}

async function secretInDatabase(db: Database): Promise<string> {
  const row = await db.write(async (writer) => {
    await writer.run(keepFirstSecret, { value: newSecret() })
    return writer.first(readSecret, {})
  })
  if (!row) throw new StartError('The database keeps no secret: the table "meta" cannot be written.')
  return row.value
}

const keepFirstSecret = statement<{ value: string }>(({ db, params }) =>
  db
    .insertInto('meta')
    .values({ key: 'secret', value: params.value })
    .onConflict((conflict) => conflict.column('key').doNothing()),
)

const readSecret = statement<Record<never, never>, { value: string }>(({ db }) =>
  db.selectFrom('meta').select('value').where('key', '=', 'secret'),
)

const newSecret = (): string => randomBytes(32).toString('base64url')

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
