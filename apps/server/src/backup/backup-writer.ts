import { createHmac, type KeyObject, randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import {
  END,
  type FrameEntry,
  type FrameKind,
  frameDigest,
  HEAD_BYTES,
  type Header,
  KINDS,
  MAGIC,
  type Manifest,
  TRAILER_BYTES,
} from './backup-format.ts'
import type { Totals } from './tally.ts'

const packed = promisify(gzip)

/** Writes under a temporary name; only a whole and synced file gets the final one. */
export class BackupWriter {
  readonly #path: string
  readonly #temporary: string
  readonly #file: FileHandle
  readonly #key: KeyObject
  readonly #fileId: string
  readonly #frames: FrameEntry[] = []
  readonly #all: ReturnType<typeof createHmac>
  #at = MAGIC.length

  static async create(path: string, key: KeyObject): Promise<BackupWriter> {
    const temporary = `${path}.${randomBytes(4).toString('hex')}.part`
    const file = await open(temporary, 'wx', 0o600)
    await file.write(MAGIC)
    return new BackupWriter({ path, temporary, file, key })
  }

  private constructor(from: { path: string; temporary: string; file: FileHandle; key: KeyObject }) {
    this.#path = from.path
    this.#temporary = from.temporary
    this.#file = from.file
    this.#key = from.key
    this.#fileId = randomBytes(12).toString('base64url')
    this.#all = createHmac('sha256', from.key)
  }

  get bytes(): number {
    return this.#at
  }

  async header(header: Omit<Header, 'format' | 'fileId'>): Promise<void> {
    await this.#frame('header', JSON.stringify({ format: 1, fileId: this.#fileId, ...header } satisfies Header))
  }

  ledger(lines: readonly string[]): Promise<void> {
    return this.#frame('ledger', lines.join('\n'))
  }

  rows(text: string, about: Pick<FrameEntry, 'table' | 'rows' | 'first' | 'last'>): Promise<void> {
    return this.#frame('rows', text, about)
  }

  async finish(totals: Totals & { readonly ledgers: readonly string[] }): Promise<void> {
    const place = this.#at
    const digest = this.#all.digest('base64url')
    const manifest: Manifest = { ...totals, frames: this.#frames.slice(), digest }
    await this.#frame('manifest', JSON.stringify(manifest))
    const trailer = Buffer.alloc(TRAILER_BYTES)
    trailer.writeBigUInt64BE(BigInt(place))
    END.copy(trailer, 8)
    await this.#file.write(trailer)
    this.#at += TRAILER_BYTES
    await this.#file.sync()
    await this.#file.close()
    await rename(this.#temporary, this.#path)
    const folder = await open(dirname(this.#path), 'r')
    await folder.sync()
    await folder.close()
  }

  /** After a failure: nothing is left behind. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined)
    await unlink(this.#temporary).catch(() => undefined)
  }

  async #frame(kind: FrameKind, text: string, about: Partial<FrameEntry> = {}): Promise<void> {
    const bytes = await packed(text, { level: 4 })
    const index = this.#frames.length
    const digest = frameDigest(this.#key, { fileId: kind === 'header' ? '' : this.#fileId, index, kind, bytes })
    const head = Buffer.alloc(HEAD_BYTES)
    head.writeUInt32BE(bytes.length)
    head.writeUInt8(KINDS.indexOf(kind), 4)
    digest.copy(head, 5)
    await this.#file.write(head)
    await this.#file.write(bytes)
    if (kind !== 'manifest') this.#all.update(digest)
    this.#frames.push({ kind, at: this.#at, bytes: HEAD_BYTES + bytes.length, ...about })
    this.#at += HEAD_BYTES + bytes.length
  }
}
