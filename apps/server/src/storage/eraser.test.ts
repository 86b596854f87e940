import { expect, test } from 'bun:test'
import { newId } from '@parley/protocol'
import { onBothDatabases, type Stage } from '../../../../tests/support/state.ts'
import { openLog } from '../log.ts'
import type { Database } from './database.ts'
import { Eraser } from './eraser.ts'

// The database is real; what happens around its answers is scripted.

/** Nobody else is there, so that what is scripted is the eraser's own. */
const lease = { hold: async () => true, release: async () => undefined }

async function addJob(stage: Stage): Promise<string> {
  const subject = newId<string>()
  const none = { finished_at: null, messages: 0, texts: 0, events: 0, reactions: 0, members: 0 }
  await stage.db.write((writer) =>
    writer.insert('erasures', [{ subject: subject as never, kind: 'room', requested_at: stage.now, ...none }]),
  )
  return subject
}

async function isFinished(stage: Stage, subject: string): Promise<boolean> {
  const [job] = await stage.db.read((reader) => reader.lookup('erasures', ['subject'], [{ subject: subject as never }]))
  return typeof job?.finished_at === 'number'
}

function around(db: Database, changed: Partial<Pick<Database, 'read' | 'write'>>): Database {
  return {
    dialect: db.dialect,
    writers: db.writers,
    write: (work) => db.write(work),
    read: (work) => db.read(work),
    takeTextIds: (count) => db.takeTextIds(count),
    scrub: () => db.scrub(),
    close: () => db.close(),
    ...changed,
  }
}

onBothDatabases((stage) => {
  test('[D1] a room that is closed while the eraser finds nothing more to do is erased all the same', async () => {
    let subject: string | undefined
    const db = around(stage.db, {
      async read(work) {
        const answer = await stage.db.read(work)
        if (subject === undefined) {
          subject = await addJob(stage)
          eraser.wake()
        }
        return answer
      },
    })
    const eraser = new Eraser(db, openLog('silent'), () => stage.now, { lease })
    eraser.wake()
    await eraser.settled()
    expect(await isFinished(stage, subject ?? '')).toBe(true)
    await eraser.stop()
  })

  test('[D1] after a failure the eraser goes on by itself', async () => {
    const subject = await addJob(stage)
    const failed: string[] = []
    let writes = 0
    const tried = Promise.withResolvers<void>()
    const db = around(stage.db, {
      async write(work) {
        if (++writes === 1) throw new Error('no space')
        tried.resolve()
        return stage.db.write(work)
      },
    })
    const log = openLog('error', (line) => failed.push(line))
    const eraser = new Eraser(db, log, () => stage.now, { againMs: 1, lease })
    eraser.wake()
    await tried.promise
    await eraser.settled()
    expect(await isFinished(stage, subject)).toBe(true)
    expect(failed).toHaveLength(1)
    expect(failed[0]).toContain('no space')
    await eraser.stop()
  })
})
