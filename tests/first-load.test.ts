import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const dist = fileURLToPath(new URL('../apps/web/dist/', import.meta.url))
const KB = 1_000

test('[I4] the first load is at most 100 KB of script and 20 KB of style, and comes from this server alone', () => {
  const page = readFileSync(`${dist}index.html`, 'utf8')
  const addresses = [...page.matchAll(/<(?:script|link)\b[^>]*?\b(?:src|href)="([^"]+)"/g)].map(
    ([, address = '']) => address,
  )
  expect(addresses.filter((address) => !address.startsWith('/') || address.startsWith('//'))).toEqual([])
  const sizeOf = (ending: string) =>
    addresses
      .filter((address) => address.endsWith(ending))
      .reduce((sum, address) => sum + gzipSync(readFileSync(`${dist}${address.slice(1)}`), { level: 9 }).byteLength, 0)
  const [script, style] = [sizeOf('.js'), sizeOf('.css')]
  expect(script).toBeGreaterThan(10 * KB)
  expect(script).toBeLessThanOrEqual(100 * KB)
  expect(style).toBeGreaterThan(KB)
  expect(style).toBeLessThanOrEqual(20 * KB)
})
