import { createHmac, type KeyObject, randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Key } from '../storage/table-pages.ts'
import type { Totals } from './tally.ts'

/**
 * A backup is one file: `PARLEY-BACKUP-1\n`, frames, and 16 bytes at the end that say where the manifest begins. A frame is
 * the length of what follows (4 bytes, big endian), its kind (1 byte), a keyed digest over the file's id, the frame's place,
 * its kind and its bytes (32 bytes), and the gzip of its text: JSON, or JSON lines with rows. The header comes first, then
 * the ledger, then chunks of rows, then the manifest, which says where every frame lies and what is in it.
 */
const MAGIC = Buffer.from('PARLEY-BACKUP-1\n')
const END = Buffer.from('PARLEYOK')
const TRAILER_BYTES = 16
const HEAD_BYTES = 4 + 1 + 32
const LARGEST_FRAME = 256 * 1024 * 1024

export type FrameKind = 'header' | 'ledger' | 'rows' | 'manifest'
const KINDS: readonly FrameKind[] = ['header', 'ledger', 'rows', 'manifest']

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

const packed = promisify(gzip)
const unpacked = promisify(gunzip)

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

function frameDigest(
  key: KeyObject,
  frame: { readonly fileId: string; readonly index: number; readonly kind: FrameKind; readonly bytes: Uint8Array },
): Buffer {
  const { fileId, index, kind, bytes } = frame
  return createHmac('sha256', key).update(`${fileId} ${index} ${kind}\n`).update(bytes).digest()
}

/** What is wrong with a file; `frame` is undefined when it concerns the whole. */
export class BackupDamage extends Error {}

export class BackupReader {
  readonly #file: FileHandle
  readonly size: number
  #key: KeyObject | undefined
  #fileId = ''

  static async open(path: string): Promise<BackupReader> {
    const file = await open(path, 'r')
    const { size } = await file.stat()
    const reader = new BackupReader(file, size)
    const magic = size < MAGIC.length ? undefined : await reader.#read(0, MAGIC.length)
    if (magic?.equals(MAGIC)) return reader
    await file.close()
    throw new BackupDamage('it does not begin as a backup of Parley does')
  }

  private constructor(file: FileHandle, size: number) {
    this.#file = file
    this.size = size
  }

  /** The first frame. `keyOf` finds the key, usually from the secret that the header holds. */
  async header(keyOf: (header: Header) => KeyObject): Promise<Header> {
    const at = MAGIC.length
    const frame = await this.#frameAt(at, 'header')
    let header: Header
    try {
      header = JSON.parse((await unpacked(frame.bytes)).toString()) as Header // as: its digest is checked below
    } catch {
      throw new BackupDamage('its header cannot be read')
    }
    if (header.format !== 1) throw new BackupDamage('it was made by a newer Parley')
    this.#key = keyOf(header)
    if (!frameDigest(this.#key, { fileId: '', index: 0, kind: 'header', bytes: frame.bytes }).equals(frame.digest)) {
      throw new BackupDamage('its header does not match its digest')
    }
    this.#fileId = header.fileId
    return header
  }

  /** Found from the end of the file. Call `header` first. */
  async manifest(): Promise<Manifest> {
    const trailer = await this.#read(this.size - TRAILER_BYTES, TRAILER_BYTES)
    if (!trailer.subarray(8).equals(END)) throw new BackupDamage('its end is missing or damaged: it was cut off')
    const at = Number(trailer.readBigUInt64BE())
    if (!(at > MAGIC.length && at < this.size)) throw new BackupDamage('its end is damaged')
    const frame = await this.#frameAt(at, 'manifest')
    if (at + HEAD_BYTES + frame.bytes.length + TRAILER_BYTES !== this.size) throw new BackupDamage('its end is damaged')
    // The manifest's place among the frames is part of its digest, and only it says how many there are: try what it says.
    const text = await this.#text(frame.bytes)
    const manifest = JSON.parse(text) as Manifest // as: its digest is checked below
    const index = manifest.frames.length
    if (!this.#digest({ index, kind: 'manifest', bytes: frame.bytes }).equals(frame.digest)) {
      throw new BackupDamage('its manifest does not match its digest')
    }
    let expected = MAGIC.length
    for (const { at: place, bytes } of manifest.frames) {
      if (place !== expected) throw new BackupDamage('its manifest leaves out some bytes')
      expected += bytes
    }
    if (expected !== at) throw new BackupDamage('its manifest leaves out some bytes')
    return manifest
  }

  /** The text of a frame that the manifest names, and its digest. Throws `BackupDamage` when any byte of it is not as written. */
  async frame(entry: FrameEntry, index: number): Promise<{ text: string; digest: Buffer }> {
    const { bytes, digest } = await this.#frameAt(entry.at, entry.kind)
    if (bytes.length + HEAD_BYTES !== entry.bytes) throw new BackupDamage('its length is wrong')
    const fileId = entry.kind === 'header' ? '' : this.#fileId
    const wanted = frameDigest(this.#known, { fileId, index, kind: entry.kind, bytes })
    if (!wanted.equals(digest)) throw new BackupDamage('it does not match its digest')
    return { text: await this.#text(bytes), digest }
  }

  /** Whether the manifest's digest over all of these is right. */
  isWhole(manifest: Manifest, digests: readonly Buffer[]): boolean {
    const all = createHmac('sha256', this.#known)
    for (const digest of digests) all.update(digest)
    return all.digest('base64url') === manifest.digest
  }

  /** For a file without an end: frame after frame, as long as they are whole. */
  async *survivors(): AsyncGenerator<{ readonly kind: FrameKind; readonly text: string }> {
    let at = MAGIC.length
    for (let index = 0; ; index++) {
      const head = await this.#read(at, HEAD_BYTES).catch(() => undefined)
      const kind = KINDS[head?.readUInt8(4) ?? KINDS.length]
      if (!head || kind === undefined || head.readUInt32BE() > LARGEST_FRAME) return
      const bytes = await this.#read(at + HEAD_BYTES, head.readUInt32BE()).catch(() => undefined)
      const fileId = kind === 'header' ? '' : this.#fileId
      if (!bytes || !frameDigest(this.#known, { fileId, index, kind, bytes }).equals(head.subarray(5))) return
      yield { kind, text: await this.#text(bytes) }
      at += HEAD_BYTES + bytes.length
    }
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  get #known(): KeyObject {
    if (!this.#key) throw new Error('Read the header first.')
    return this.#key
  }

  #digest(frame: { index: number; kind: FrameKind; bytes: Uint8Array }): Buffer {
    return frameDigest(this.#known, { fileId: this.#fileId, ...frame })
  }

  async #frameAt(at: number, kind: FrameKind): Promise<{ bytes: Buffer; digest: Buffer }> {
    const head = await this.#read(at, HEAD_BYTES)
    const length = head.readUInt32BE()
    if (length > LARGEST_FRAME || KINDS[head.readUInt8(4)] !== kind) throw new BackupDamage(`its ${kind} is damaged`)
    return { bytes: await this.#read(at + HEAD_BYTES, length), digest: Buffer.from(head.subarray(5)) }
  }

  async #text(bytes: Buffer): Promise<string> {
    try {
      return (await unpacked(bytes)).toString()
    } catch {
      throw new BackupDamage('it cannot be unpacked')
    }
  }

  async #read(at: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length)
    if (at < 0 || at + length > this.size) throw new BackupDamage('it was cut off')
    await this.#file.read(buffer, 0, length, at)
    return buffer
  }
}
