import { existsSync, readFileSync } from 'node:fs'

/** One thing that a process did to a file of the watched folder. Paths are relative to the folder, which itself is `.`. */
export type Deed =
  | { readonly kind: 'write'; readonly path: string; readonly offset: number; readonly data: Uint8Array }
  | { readonly kind: 'truncate'; readonly path: string; readonly size: number }
  | { readonly kind: 'create' | 'unlink'; readonly path: string }
  | { readonly kind: 'link' | 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'sync-begins' | 'sync-ends'; readonly path: string; readonly sync: number }

export interface Entry {
  readonly deed: Deed
  /** Where the journal stood when this was in it, in bytes. */
  readonly end: number
}

const HEADER_BYTES = 16
const KINDS = ['write', 'truncate', 'create', 'link', 'rename', 'unlink', 'sync-begins', 'sync-ends'] as const

/** Reads what `disk.c` wrote, in order. What a killed process had not finished writing is left out. */
export function readJournal(path: string): Entry[] {
  const bytes = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
  const entries: Entry[] = []
  let at = 0
  while (at + HEADER_BYTES <= bytes.length) {
    const pathLength = bytes.readUInt16LE(at + 2)
    const dataLength = bytes.readUInt32LE(at + 4)
    const number = Number(bytes.readBigUInt64LE(at + 8))
    const from = at + HEADER_BYTES
    const end = from + pathLength + dataLength
    if (end > bytes.length) break
    const name = bytes.toString('utf8', from, from + pathLength)
    const data = bytes.subarray(from + pathLength, end)
    entries.push({ deed: deedOf(bytes[at] ?? 0, { path: name, number, data }), end })
    at = end
  }
  return entries
}

function deedOf(code: number, told: { path: string; number: number; data: Buffer }): Deed {
  const { path, number, data } = told
  const kind = KINDS[code - 1]
  switch (kind) {
    case 'write':
      return { kind, path, offset: number, data }
    case 'truncate':
      return { kind, path, size: number }
    case 'create':
    case 'unlink':
      return { kind, path }
    case 'link':
    case 'rename':
      return { kind, path, to: data.toString('utf8') }
    case 'sync-begins':
    case 'sync-ends':
      return { kind, path, sync: number }
    default:
      throw new Error(`The journal is damaged: there is no deed ${code}.`)
  }
}
