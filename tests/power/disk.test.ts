import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer, stopServers } from '../support/harness.ts'
import { people } from '../support/people.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { Disk } from './disk.ts'
import { type Deed, readJournal } from './journal.ts'
import { contentsOf, watching } from './watched-folder.ts'

const place = mkdtempSync(join(tmpdir(), `parley-power-${process.pid}-`))
afterAll(async () => {
  await stopServers()
  rmSync(place, { recursive: true, force: true })
})

const random = new SeededRandom(1)
const bytes = (text: string) => new TextEncoder().encode(text)
const write = (path: string, text: string, offset = 0): Deed => ({ kind: 'write', path, offset, data: bytes(text) })
const begins = (path: string, sync: number): Deed => ({ kind: 'sync-begins', path, sync })
const ends = (path: string, sync: number): Deed => ({ kind: 'sync-ends', path, sync })

function after(...deeds: readonly Deed[]): Disk {
  const disk = new Disk(new Map([['old', bytes('before')]]))
  for (const deed of deeds) disk.does(deed)
  return disk
}

function left(disk: Disk): Record<string, string> {
  const files = [...disk.cut('nothing', random)]
  return Object.fromEntries(files.map(([path, contents]) => [path, new TextDecoder().decode(contents)]))
}

test('what was written is lost until a sync that began after it has ended', () => {
  expect(left(after(write('old', 'AFTER!')))).toEqual({ old: 'before' })
  expect(left(after(write('old', 'AFTER!'), begins('old', 1)))).toEqual({ old: 'before' })
  expect(left(after(write('old', 'AFTER!'), begins('old', 1), ends('old', 1)))).toEqual({ old: 'AFTER!' })
  const meanwhile = after(write('old', 'A'), begins('old', 1), write('old', 'B', 1), ends('old', 1))
  expect(left(meanwhile)).toEqual({ old: 'Aefore' })
  expect(meanwhile.unkept).toBe(1)
})

test('of two syncs at once each keeps what was written before it began', () => {
  const deeds = [write('old', 'A'), begins('old', 1), write('old', 'B', 1), begins('old', 2), ends('old', 2)]
  expect(left(after(...deeds))).toEqual({ old: 'ABfore' })
  expect(left(after(...deeds, ends('old', 1)))).toEqual({ old: 'ABfore' })
})

test('a name is kept by a sync of the folder, and a file without a name is lost', () => {
  const made = [write('new', 'x'), begins('new', 1), ends('new', 1)]
  expect(left(after(...made))).toEqual({ old: 'before' })
  expect(left(after(...made, begins('.', 2), ends('.', 2)))).toEqual({ old: 'before', new: 'x' })
  const renamed: Deed[] = [...made, { kind: 'rename', path: 'new', to: 'old' }]
  expect(left(after(...renamed))).toEqual({ old: 'before' })
  expect(left(after(...renamed, begins('.', 2), ends('.', 2)))).toEqual({ old: 'x' })
})

test('some of what was not kept may be there, sector by sector', () => {
  const disk = new Disk(new Map([['file', new Uint8Array(8 * 512).fill(97)]]))
  disk.does({ kind: 'write', path: 'file', offset: 0, data: new Uint8Array(8 * 512).fill(98) })
  const seen = new Set<string>()
  for (let round = 0; round < 50; round++) {
    const [contents] = disk.cut({ sectorBytes: 512 }, random).values()
    const sectors = Array.from({ length: 8 }, (_, index) => contents?.subarray(index * 512, (index + 1) * 512))
    for (const sector of sectors) expect(new Set(sector).size).toBe(1)
    seen.add(sectors.map((sector) => String.fromCharCode(sector?.[0] ?? 0)).join(''))
  }
  expect(seen.size).toBeGreaterThan(20)
})

test('the journal of a server tells everything that lies in its folder', async () => {
  const dataFolder = join(place, 'data')
  const journal = join(place, 'journal')
  await using server = await startServer({ dataFolder, env: watching(dataFolder, journal) })
  {
    using around = people(server)
    const ann = await around.person('Ann')
    await ann.createsRoom('Designers')
    const message = await ann.posts('hello')
    await ann.deletes(message) // An erasure writes to the ledger.
    await ann.posts('and again')
  }
  await server.terminate()
  const disk = new Disk()
  for (const { deed } of readJournal(journal)) disk.does(deed)
  const told = disk.seen()
  const found = contentsOf(dataFolder)
  expect([...told.keys()].sort()).toEqual([...found.keys()].sort())
  expect(found.has('erased.jsonl')).toBe(true)
  for (const [path, contents] of found) expect(Buffer.compare(contents, told.get(path) ?? bytes('')), path).toBe(0)
}, 60_000)
