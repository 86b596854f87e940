import { readdirSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Files that are only read, by names with forward slashes. */
export interface FileSet {
  names(): Iterable<string>
  /** Errors: whatever the disk says; also for names that are not there. */
  read(name: string): Promise<Uint8Array<ArrayBuffer>>
  /** Changes when the files do. */
  version(): number
}

/** What lies under a folder; `marker` is the file that is written anew with every change of the others. */
export function folderFiles(folder: string, marker: string): FileSet {
  return {
    names: () => filesUnder(folder),
    read: (name) => readBytes(join(folder, name)),
    version: () => modifiedAt(join(folder, marker)),
  }
}

/** Files that the program itself carries: where each lies, by name. */
export function carriedFiles(paths: Readonly<Record<string, string>>): FileSet {
  const known = new Map(Object.entries(paths))
  return {
    names: () => known.keys(),
    async read(name) {
      const path = known.get(name)
      if (path === undefined) throw new Error(`The program carries no ${name}.`)
      return readBytes(path)
    },
    version: () => 1,
  }
}

/** Paths of all files under a folder, relative to it, with forward slashes; none when the folder is missing. */
function filesUnder(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}

function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return Bun.file(path).bytes()
}

/** When the file was last written, epoch ms; 0 when it is missing. */
function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** Bytes that are left for us on the disk that holds `path`. */
export function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}

/** From now on whatever this process makes is its user's alone: messages lie in these files. */
export function keepFilesPrivate(): void {
  process.umask(0o077)
}
