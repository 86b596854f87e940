import { expect, test } from 'bun:test'
import { sql } from 'kysely'
import { onBothDatabases } from '../../../../tests/support/state.ts'
import { JobLoop } from './job-loop.ts'
import { Lease } from './leases.ts'
import { statement } from './statement.ts'

onBothDatabases((stage) => {
  const isShared = () => stage.databaseName === 'postgres'
  const rows = () => stage.db.read((reader) => reader.lookup('leases', ['name'], [{ name: 'eraser' }]))

  test('[C6] of two who want it, one has it; released, it is the other one’s', async () => {
    const [one, other] = [new Lease(stage.db, 'eraser'), new Lease(stage.db, 'eraser')]
    const had = await Promise.all([one.hold(), other.hold()])
    // A data folder belongs to one process, so there it needs no asking.
    expect(had.filter(Boolean)).toHaveLength(isShared() ? 1 : 2)
    const [holder, waiting] = had[0] ? [one, other] : [other, one]
    expect(await holder.hold()).toBe(true)
    await waiting.release() // Of what it does not have, it gives nothing back.
    expect(await holder.hold()).toBe(true)
    await holder.release()
    expect(await waiting.hold()).toBe(true)
    await waiting.release()
    expect(await rows()).toEqual([])
  })

  test('[C6] many at once: never two', async () => {
    const all = Array.from({ length: 12 }, () => new Lease(stage.db, 'eraser'))
    for (let round = 0; round < 5; round++) {
      const had = await Promise.all(all.map((lease) => lease.hold()))
      expect(had.filter(Boolean)).toHaveLength(isShared() ? 1 : all.length)
      await Promise.all(all.map((lease) => lease.release()))
    }
  })

  test('[C6] a killed holder’s lease passes on when it ends, by the database’s clock', async () => {
    const killed = new Lease(stage.db, 'eraser', 400)
    const heir = new Lease(stage.db, 'eraser')
    expect(await killed.hold()).toBe(true)
    if (!isShared()) return
    expect(await heir.hold()).toBe(false)
    expect(heir.waitMs).toBeWithin(1, 401)
    const since = performance.now()
    while (!(await heir.hold())) expect(performance.now() - since).toBeLessThan(5_000)
    // It was not killed after all, only slow: it learns that it has lost it.
    expect(await killed.hold()).toBe(false)
    await killed.keepFor(60_000)
    await killed.release()
    expect(await heir.hold()).toBe(true)
    await heir.release()
  })

  test('[C6] a holder that goes on working keeps it', async () => {
    if (!isShared()) return
    const working = new Lease(stage.db, 'eraser', 200)
    const other = new Lease(stage.db, 'eraser')
    const end = performance.now() + 700
    while (performance.now() < end) {
      const since = performance.now()
      expect(await working.hold()).toBe(true)
      const isTaken = await other.hold()
      // Where the whole machine stood still for longer than is left of it, it was let go of.
      if (performance.now() - since < 150) expect(isTaken).toBe(false)
      else if (isTaken) await other.release()
    }
    await working.release()
  })

  test('[C6] what is done is not done again before its time, whoever asks', async () => {
    const [one, other] = [new Lease(stage.db, 'expire-guests'), new Lease(stage.db, 'expire-guests')]
    await one.hold()
    await one.keepFor(3_600_000)
    expect(await other.hold()).toBe(!isShared())
    if (!isShared()) return
    expect(other.waitMs).toBeWithin(3_590_000, 3_600_001)
    const later = statement<object>(({ db }) =>
      db.updateTable('leases').set((eb) => ({ until: eb('until', '-', 3_600_000) })),
    )
    await stage.db.write((writer) => writer.run(later, {}))
    expect(await other.hold()).toBe(true)
    await other.release()
  })

  test('[C6] the end is counted by the database, however wrong the clock of an instance is', async () => {
    if (!isShared()) return
    const real = Date.now
    Date.now = () => real() + 3_600_000
    try {
      await new Lease(stage.db, 'forget-people').hold()
    } finally {
      Date.now = real
    }
    const left = statement<object, { ms: number }>(({ db }) =>
      db
        .selectFrom('leases')
        .select(sql<number>`until - (extract(epoch from clock_timestamp()) * 1000)::bigint`.as('ms'))
        .where('name', '=', 'forget-people'),
    )
    expect((await stage.db.read((reader) => reader.first(left, {})))?.ms).toBeWithin(15_000, 20_001)
  })

  test('[C6] a job loop waits for its turn and takes over from one that is gone', async () => {
    if (!isShared()) return
    const killed = new Lease(stage.db, 'eraser', 1_500)
    await killed.hold()
    let turns = 0
    const loop = new JobLoop({
      lease: new Lease(stage.db, 'eraser'),
      isShared: true,
      hasJob: async () => true,
      takeTurn: async () => ++turns < 3,
      failed: (error) => {
        throw error
      },
    })
    loop.wake()
    expect(turns).toBe(0)
    await loop.settled()
    expect(turns).toBe(3)
    await loop.stop()
    expect(await rows()).toEqual([])
  })
})
