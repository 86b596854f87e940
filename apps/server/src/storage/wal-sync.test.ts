import { expect, test } from 'bun:test'
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqlite } from './sqlite-database.ts'
import { WalSync } from './wal-sync.ts'

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-wal-'))
  try {
    await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('[S2] what is committed while a sync runs gets a sync of its own, shared by all of that time', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'log')
    writeFileSync(path, 'x')
    const wal = new WalSync(path)
    const order: string[] = []
    const first = wal.sync().then(() => order.push('first'))
    const second = wal.sync()
    const third = wal.sync()
    expect(third).toBe(second)
    expect(wal.settled()).toBe(second)
    await Promise.all([first, second.then(() => order.push('second'))])
    expect(order).toEqual(['first', 'second'])
    expect(wal.settled()).toBeUndefined()
    await wal.close()
  }))

test('[S2] after a failed sync nothing is acknowledged or read any more', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'log')
    writeFileSync(path, 'x')
    // The descriptor that `WalSync` will get, because the lowest free one is given: closed under it, every sync fails.
    const descriptor = openSync(path, 'r')
    closeSync(descriptor)
    const wal = new WalSync(path)
    closeSync(descriptor)
    expect(wal.sync()).rejects.toThrow('could not be synced')
    await wal.sync().catch(() => undefined)
    expect(() => wal.assertSound()).toThrow('could not be synced')
    expect(wal.settled()).rejects.toThrow('could not be synced')
  }))

test('[S2] the next may be written before the first is on disk, and a reader who sees it is answered after', () =>
  inFolder(async (dataFolder) => {
    const db = await openSqlite({ dataFolder })
    const order: string[] = []
    const write = (key: string) =>
      db
        .write(
          (writer) => writer.insert('meta', [{ key, value: 'x' }]),
          () => order.push(`${key} committed`),
        )
        .then(() => order.push(`${key} durable`))
    const first = db
      .write(
        (writer) => writer.insert('meta', [{ key: 'a', value: 'x' }]),
        () => {
          order.push('a committed')
          reading = db
            .read((reader) => reader.lookup('meta', ['key'], [{ key: 'a' }]))
            .then((rows) => order.push(`read ${rows.length}`))
        },
      )
      .then(() => order.push('a durable'))
    let reading: Promise<unknown> | undefined
    const second = write('b')
    await Promise.all([first, second])
    await reading
    expect(order.indexOf('b committed')).toBeLessThan(order.indexOf('a durable'))
    expect(order.indexOf('a durable')).toBeLessThan(order.indexOf('b durable'))
    expect(order.indexOf('read 1')).toBeGreaterThan(order.indexOf('a durable'))
    await db.close()
  }))
