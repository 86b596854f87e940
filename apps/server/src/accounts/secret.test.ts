import { afterEach, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSecret, nameKey, secretFrom } from './secret.ts'
import { type TestDatabase, testDatabases } from './test-databases.contract.ts'

const opened: TestDatabase[] = []
afterEach(async () => {
  for (const on of opened.splice(0)) await on.close()
})

for (const [name, open] of testDatabases) {
  describe(`the secret on ${name}`, () => {
    test('[C4] is made once, however many ask at the first start, and stays', async () => {
      const on = await open()
      opened.push(on)
      const loaded = await Promise.all([loadSecret(on), loadSecret(on), loadSecret(on), loadSecret(on)])
      for (const secret of [...loaded, await loadSecret(on)]) expect(secret.signing).toBe(loaded[0]?.signing ?? '')
      expect(loaded[0]?.signing).toMatch(/^[\w-]{43}$/)
    }, 60_000)

    test('[C4] is another one for each instance', async () => {
      const [one, other] = [await open(), await open()]
      opened.push(one, other)
      expect((await loadSecret(one)).signing).not.toBe((await loadSecret(other)).signing)
    }, 60_000)
  })
}

describe('the secret', () => {
  const [sqlite, postgres] = testDatabases.map(([, open]) => open)

  test('[C4] lies with SQLite in the data folder, for its owner only, and leaves no draft', async () => {
    const on = await opening(sqlite)
    await Promise.all([loadSecret(on), loadSecret(on)])
    expect(statSync(join(on.dataFolder, 'secret')).mode & 0o777).toBe(0o600)
    expect(readdirSync(on.dataFolder).filter((file) => file.startsWith('secret'))).toEqual(['secret'])
    const kept = await on.db.read((reader) => reader.lookup('meta', ['key'], [{ key: 'secret' }]))
    expect(kept).toEqual([])
  })

  test('[C4] lies with PostgreSQL in the database only', async () => {
    const on = await opening(postgres)
    await loadSecret(on)
    expect(readdirSync(on.dataFolder)).toEqual([])
  }, 60_000)

  test('[C4] is not made anew where it is damaged, which would sign everybody out', async () => {
    const on = await opening(sqlite)
    writeFileSync(join(on.dataFolder, 'secret'), 'short\n')
    await expect(loadSecret(on)).rejects.toThrow(/damaged.*Restore it from a backup/)
    expect(readFileSync(join(on.dataFolder, 'secret'), 'utf8')).toBe('short\n')
    expect(() => secretFrom('short')).toThrow('at least 32 characters')
  })

  test('[A7] gives name keys that nobody can make without it', () => {
    const [one, other] = [secretFrom('x'.repeat(32)), secretFrom('y'.repeat(32))]
    expect(nameKey(one, 'room:design')).toBe(nameKey(one, 'room:design'))
    expect(nameKey(one, 'room:design')).not.toBe(nameKey(one, 'room:designs'))
    expect(nameKey(one, 'room:design')).not.toBe(nameKey(other, 'room:design'))
    expect(nameKey(one, 'room:design')).toMatch(/^[\w-]{43}$/)
  })

  async function opening(open: (() => Promise<TestDatabase>) | undefined): Promise<TestDatabase> {
    if (!open) throw new Error('There is no such database to test on.')
    const on = await open()
    opened.push(on)
    return on
  }
})
