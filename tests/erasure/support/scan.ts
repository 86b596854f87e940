import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Hit {
  readonly where: string
  /** In which form: as it was typed, or as something may have written it down. */
  readonly form: string
  /** What stands there, with some of what is around it. */
  readonly around: string
}

const AROUND = 24
const MOST_HITS_PER_FILE = 500

/** The marker as bytes, in every form in which a program may have put it down. */
function formsOf(marker: string): ReadonlyMap<string, Buffer> {
  const forms = new Map<string, Buffer>([
    ['raw', Buffer.from(marker)],
    ['capitals', Buffer.from(marker.toUpperCase())],
    ['UTF-16', Buffer.from(marker, 'utf16le')],
    ['UTF-16, high byte first', Buffer.from(marker, 'utf16le').swap16()],
    [
      'JSON escapes',
      Buffer.from([...marker].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')),
    ],
    ['hex', Buffer.from(Buffer.from(marker).toString('hex'))],
  ])
  // Of base64, what does not depend on what stands before and after, at each of the three places that it may begin at.
  for (const shift of [0, 1, 2]) {
    const text = Buffer.from('x'.repeat(shift) + marker).toString('base64')
    forms.set(
      `base64 ${shift}`,
      Buffer.from(text.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + marker.length) * 8) / 6))),
    )
  }
  return forms
}

export class Scanner {
  readonly #forms: ReadonlyMap<string, Buffer>
  /** How many bytes were looked at. */
  bytes = 0

  constructor(marker: string) {
    this.#forms = formsOf(marker)
  }

  /** Every file under a folder. */
  folder(path: string): Hit[] {
    if (!existsSync(path)) return []
    return readdirSync(path, { recursive: true, withFileTypes: true }).flatMap((entry) => {
      if (!entry.isFile()) return []
      const file = join(entry.parentPath, entry.name)
      const bytes = readIfThere(file)
      return bytes ? this.in(bytes, file.slice(path.length + 1)) : []
    })
  }

  in(bytes: Uint8Array, where: string): Hit[] {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.bytes += buffer.length
    const hits: Hit[] = []
    for (const [form, wanted] of this.#forms) {
      for (
        let at = buffer.indexOf(wanted);
        at !== -1 && hits.length < MOST_HITS_PER_FILE;
        at = buffer.indexOf(wanted, at + 1)
      ) {
        hits.push({ where, form, around: buffer.toString('latin1', at, at + wanted.length + AROUND) })
      }
    }
    return hits
  }
}

/** A database removes files while it runs. */
function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
