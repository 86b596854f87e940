import { existsSync, readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { StartError } from './start-error.ts'
import { syncFolder } from './sync-folder.ts'

/** Where the database of a data folder went: kept there, so that a start goes on with it. Holds a password, so 0600. */
export interface MovedTo {
  readonly url: string
  readonly moveId: string
  /** Epoch ms. */
  readonly at: number
}

const fileIn = (dataFolder: string): string => join(dataFolder, 'moved-to.json')

export function isMoved(dataFolder: string): boolean {
  return existsSync(fileIn(dataFolder))
}

export function readMovedTo(dataFolder: string): MovedTo | undefined {
  const path = fileIn(dataFolder)
  if (!isMoved(dataFolder)) return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as MovedTo // as: written below
  } catch {
    throw new StartError(
      `${path} is damaged. It says to which PostgreSQL the database was moved: set PARLEY_DATABASE_URL to that address.`,
    )
  }
}

/** From this moment on the folder's database is the one at `url`. On disk when the promise resolves. */
export async function writeMovedTo(dataFolder: string, moved: MovedTo): Promise<void> {
  const path = fileIn(dataFolder)
  const draft = `${path}.part`
  const file = await open(draft, 'w', 0o600)
  await file.writeFile(`${JSON.stringify(moved)}\n`)
  await file.sync()
  await file.close()
  await rename(draft, path)
  await syncFolder(dataFolder)
}
