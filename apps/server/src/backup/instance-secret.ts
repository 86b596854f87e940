import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StartError } from '../start-error.ts'
import type { Reader, Writer } from '../storage/database.ts'
import type { DialectName } from '../storage/statement.ts'
import { syncFolder } from '../storage/sync-folder.ts'
import { raw } from '../storage/table-pages.ts'

/** The instance's secret: in the data folder, in the database, or in PARLEY_SECRET_FILE, which is no part of a copy. */
export interface InstanceSecret {
  readonly text: string
  readonly isGiven: boolean
}

export interface SecretPlace {
  readonly dialect: DialectName
  readonly dataFolder: string
  /** From PARLEY_SECRET_FILE. */
  readonly given?: string | undefined
}

export async function readInstanceSecret(place: SecretPlace, reader: Reader): Promise<InstanceSecret> {
  if (place.given !== undefined) return { text: place.given, isGiven: true }
  const text = place.dialect === 'postgres' ? await inDatabase(reader) : await inFolder(place.dataFolder)
  if (text === undefined) throw new StartError('The instance has no secret yet: start it once before it is copied.')
  return { text, isGiven: false }
}

/** Puts a secret where an instance of this kind looks for it. The file is on disk when the promise resolves. */
export async function keepInstanceSecret(place: SecretPlace, writer: Writer, text: string): Promise<void> {
  if (place.given !== undefined) return
  if (place.dialect === 'postgres') {
    await writer.run(raw('forget secret', `delete from meta where key = 'secret'`, []), {})
    await writer.insert('meta', [{ key: 'secret', value: text }])
    return
  }
  const path = join(place.dataFolder, 'secret')
  if (existsSync(path) && (await readFile(path, 'utf8')).trim() === text) return
  const file = await open(path, 'w', 0o600)
  await file.writeFile(`${text}\n`)
  await file.sync()
  await file.close()
  await syncFolder(place.dataFolder)
}

/** The key of everything that is digested in a copy. */
export function copyKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'parley copies', 32)))
}

/** Tells two secrets apart without telling either. */
export function fingerprint(secret: string): string {
  return createHmac('sha256', copyKey(secret)).update('which secret').digest('base64url').slice(0, 16)
}

async function inDatabase(reader: Reader): Promise<string | undefined> {
  const [row] = await reader.lookup('meta', ['key'], [{ key: 'secret' }])
  return row?.value
}

async function inFolder(dataFolder: string): Promise<string | undefined> {
  const path = join(dataFolder, 'secret')
  return existsSync(path) ? (await readFile(path, 'utf8')).trim() : undefined
}
