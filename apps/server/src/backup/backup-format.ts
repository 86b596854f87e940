import { createHmac, type KeyObject } from 'node:crypto'
import type { Key } from '../storage/table-pages.ts'
import type { Totals } from './tally.ts'

/**
 * A backup is one file: `PARLEY-BACKUP-1\n`, frames, and 16 bytes at the end that say where the manifest begins. A frame is
 * the length of what follows (4 bytes, big endian), its kind (1 byte), a keyed digest over the file's id, the frame's place,
 * its kind and its bytes (32 bytes), and the gzip of its text: JSON, or JSON lines with rows. The header comes first, then
 * the ledger, then chunks of rows, then the manifest, which says where every frame lies and what is in it.
 */
export const MAGIC = Buffer.from('PARLEY-BACKUP-1\n')
export const END = Buffer.from('PARLEYOK')
export const TRAILER_BYTES = 16
export const HEAD_BYTES = 4 + 1 + 32
export const LARGEST_FRAME = 256 * 1024 * 1024

export type FrameKind = 'header' | 'ledger' | 'rows' | 'manifest'
export const KINDS: readonly FrameKind[] = ['header', 'ledger', 'rows', 'manifest']

export interface Header {
  readonly format: 1
  readonly fileId: string
  readonly parley: string
  /** Epoch ms: the moment whose state this is. */
  readonly madeAt: number
  readonly dialect: string
  readonly epoch: string
  /** Names of the migrations that the database had. */
  readonly schema: readonly string[]
  readonly columns: Readonly<Record<string, readonly string[]>>
  /** Missing where PARLEY_SECRET_FILE gave it: then whoever restores must give the same. */
  readonly secret?: string
  readonly secretFingerprint: string
}

export interface FrameEntry {
  readonly kind: FrameKind
  readonly at: number
  /** With its head. */
  readonly bytes: number
  readonly table?: string
  readonly rows?: number
  readonly first?: Key
  readonly last?: Key
}

export interface Manifest extends Totals {
  readonly frames: readonly FrameEntry[]
  readonly ledgers: readonly string[]
  /** Over the digests of all frames. */
  readonly digest: string
}

export function frameDigest(
  key: KeyObject,
  frame: { readonly fileId: string; readonly index: number; readonly kind: FrameKind; readonly bytes: Uint8Array },
): Buffer {
  const { fileId, index, kind, bytes } = frame
  return createHmac('sha256', key).update(`${fileId} ${index} ${kind}\n`).update(bytes).digest()
}

/** What is wrong with a file; `frame` is undefined when it concerns the whole. */
export class BackupDamage extends Error {}
