import { open } from 'node:fs/promises'

/** A new file, or one that was renamed, is on disk only once its folder is: resolves when that is so. (SPEC S2) */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
