import { createHash } from 'node:crypto'
import { extname } from 'node:path'
import { Hono } from 'hono'
import type { FileSet } from '../runtime/files.ts'
import type { Env } from './http-parts.ts'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}
const ENCODINGS = [
  { suffix: '.br', name: 'br' },
  { suffix: '.gz', name: 'gzip' },
] as const
/** Addresses of the web client that are no files: it draws them itself. */
const PAGES =
  /^\/(?:$|lobby$|rooms\/[^/.]+$|(?:sign-in|register|join|set-up|choose-name)$|(?:settings|admin)(?:\/[a-z]+)?$)/
const YEAR = 'public, max-age=31536000, immutable'

/** The built web client: files by name only, so that no path reaches anything else. */
export function webFiles(files: FileSet): Hono<Env> {
  const shelf = new Shelf(files)
  const routes = new Hono<Env>()
  routes.on(['GET', 'HEAD'], '*', async (context) => {
    const { path } = context.req
    const name = PAGES.test(path) ? 'index.html' : path.slice(1)
    const encodings = context.req.header('accept-encoding') ?? ''
    const file = await shelf.find(name, encodings)
    if (file) return answer(context.req.raw, file)
    if (name === 'index.html') return context.html(NOT_BUILT, 503, { 'Cache-Control': 'no-store' })
    // Somebody who mistyped an address is shown so, with a way on; for whatever else asks, the status is enough.
    const page = context.req.header('accept')?.includes('text/html')
      ? await shelf.find('index.html', encodings)
      : undefined
    if (page) return answer(context.req.raw, page, 404)
    return context.text('There is nothing here.\n', 404, { 'Cache-Control': 'no-store' })
  })
  return routes
}

interface ShelvedFile {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly encoding: string | undefined
  readonly tag: string
}

function answer(request: Request, { name, bytes, encoding, tag }: ShelvedFile, status = 200): Response {
  const headers = new Headers({
    'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream',
    'Cache-Control': name.startsWith('assets/') ? YEAR : 'no-cache',
    ETag: tag,
    Vary: 'Accept-Encoding',
  })
  if (status === 200 && request.headers.get('if-none-match') === tag)
    return new Response(null, { status: 304, headers })
  if (encoding !== undefined) headers.set('Content-Encoding', encoding)
  headers.set('Content-Length', String(bytes.byteLength))
  return new Response(request.method === 'HEAD' ? null : bytes, { status, headers })
}

/** The files, read once each and again after a new build. */
class Shelf {
  readonly #files: FileSet
  #names: ReadonlySet<string> = new Set()
  readonly #read = new Map<string, Promise<ShelvedFile>>()
  #version = -1
  #lookedAt = 0

  constructor(files: FileSet) {
    this.#files = files
  }

  async find(name: string, accepted: string): Promise<ShelvedFile | undefined> {
    this.#look()
    if (!this.#names.has(name)) return undefined
    const offered = accepted.split(',').map((part) => part.trim().split(';')[0])
    const encoding = ENCODINGS.find((one) => offered.includes(one.name) && this.#names.has(name + one.suffix))
    const stored = name + (encoding?.suffix ?? '')
    const known = this.#read.get(stored)
    if (known) return known
    const opened = this.#open(name, stored, encoding?.name)
    this.#read.set(stored, opened)
    // Too many open files, say: that passes.
    opened.catch(() => this.#read.delete(stored))
    return opened
  }

  async #open(name: string, stored: string, encoding: string | undefined): Promise<ShelvedFile> {
    const bytes = await this.#files.read(stored)
    // Of the bytes, not of when they were written: every instance shall call the same file the same.
    const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 16)
    return { name, bytes, encoding, tag: `"${digest}"` }
  }

  /** At most once a second: whether there is a new build. */
  #look(): void {
    const now = Date.now()
    if (now - this.#lookedAt < 1_000) return
    this.#lookedAt = now
    const version = this.#files.version()
    if (version === this.#version) return
    this.#version = version
    this.#names = new Set(this.#files.names())
    this.#read.clear()
  }
}

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Parley</title>
<h1>The web client is not built yet</h1>
<p>Run <code>npm run build</code> in Parley's folder, then reload. The server itself is running.</p>
</html>
`
