import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer, stopServers } from '../support/harness.ts'
import { chosenSeed, SeededRandom } from '../support/seeded-random.ts'
import { looksInto } from './looks.ts'
import { powerRun } from './power-run.ts'
import { verify } from './verify.ts'
import { fill, watching } from './watched-folder.ts'

const place = mkdtempSync(join(tmpdir(), `parley-power-${process.pid}-`))
afterAll(async () => {
  await stopServers()
  rmSync(place, { recursive: true, force: true })
})

// More of them: `npm run prove -- power`.
test('[S2] what was acknowledged or told is there after a power cut, and the rest is whole (20 cuts)', async () => {
  const result = await powerRun({ seed: chosenSeed(), lives: 2, looks: 9, loadMs: 1_200 })
  console.log(JSON.stringify(result))
  expect(result.problems).toEqual([])
  expect(result.acknowledged).toBeGreaterThan(100)
  expect(result.mostLost).toBeGreaterThan(0)
}, 120_000)

test('[C5] a first start that a power cut ends, wherever, is begun again by the next', async () => {
  const dataFolder = join(place, 'data')
  const journal = join(place, 'journal')
  await using server = await startServer({ dataFolder, env: watching(dataFolder, journal) })
  await server.kill9()
  const seed = chosenSeed()
  const random = new SeededRandom(seed)
  const problems: string[] = []
  for (const { at, survival, files } of looksInto({ journal, began: new Map() }, { random, wanted: 15, told: [] })) {
    const left = join(place, 'left')
    fill(left, files)
    const found = await verify(left, { entries: [], tokens: [] }).catch((error) => [String(error)])
    problems.push(...found.map((problem) => `byte ${at}, ${JSON.stringify(survival)} survived: ${problem}`))
  }
  expect({ seed, problems }).toEqual({ seed, problems: [] })
}, 60_000)
