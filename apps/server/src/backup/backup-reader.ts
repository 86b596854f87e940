import { createHmac, type KeyObject } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { StartError } from '../start-error.ts'
import {
  BackupDamage,
  END,
  type FrameEntry,
  type FrameKind,
  frameDigest,
  HEAD_BYTES,
  type Header,
  KINDS,
  LARGEST_FRAME,
  MAGIC,
  type Manifest,
  TRAILER_BYTES,
} from './backup-format.ts'

const unpacked = promisify(gunzip)

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

  /** The first frame. `keyOf` finds the key, usually from the secret that the header holds. Errors: `StartError` as well. */
  async header(keyOf: (header: Header) => KeyObject): Promise<Header> {
    const at = MAGIC.length
    const frame = await this.#frameAt(at, 'header')
    let header: Header
    try {
      header = JSON.parse((await unpacked(frame.bytes)).toString()) as Header // as: its digest is checked below
    } catch {
      throw new BackupDamage('its header cannot be read')
    }
    if (header.format !== 1)
      throw new StartError(
        'The backup was made by a newer Parley, in a form that this one cannot read. Use that version.',
      )
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
