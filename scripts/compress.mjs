// Compresses static files once, at build time: the server only picks the form that a browser accepts.
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const compressible = /\.(js|mjs|css|html|svg|json|txt|xml|webmanifest|map|wasm|ico|ttf|otf)$/
const smallest = 1024 // bytes; below this the headers outweigh what is saved

const forms = [
  ['.gz', (body) => promisify(gzip)(body, { level: 9 })],
  ['.br', (body) => promisify(brotliCompress)(body, brotliOptions(body))],
]

/** Writes `.br` and `.gz` beside each file of at least 1 KiB, where they are smaller than the file itself. */
export async function compressFolder(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && compressible.test(entry.name))
  await Promise.all(files.map((entry) => compressFile(join(entry.parentPath ?? entry.path, entry.name))))
}

async function compressFile(path) {
  if ((await stat(path)).size < smallest) return
  const body = await readFile(path)
  for (const [extension, compress] of forms) {
    const compressed = await compress(body)
    if (compressed.length < body.length) await writeFile(path + extension, compressed)
  }
}

function brotliOptions(body) {
  return { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } }
}
