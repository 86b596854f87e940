import { expect, test } from 'bun:test'
import { type CommandId, type MessageId, newId, type RoomId, roomStream } from '@parley/protocol'
import { checkHistory } from '../../../../apps/cli/src/check/history-checker.ts'
import type { HistoryEntry } from '../../../../apps/cli/src/check/history-entry.ts'
import { onBothDatabases, type Stage } from '../../../../tests/support/state.ts'

/** What the history checker finds in a room's log as it lies in the database. */
async function faultsIn(stage: Stage, roomId: RoomId): Promise<string[]> {
  const stream = roomStream(roomId)
  const { heads, events } = await stage.db.read(async (reader) => ({
    heads: await reader.lookup('streams', ['id'], [{ id: stream }]),
    events: await reader.lookup('events', ['stream'], [{ stream }]),
  }))
  const rows = events.sort((a, b) => a.seq - b.seq)
  const entries: HistoryEntry[] = [
    { kind: 'run', seed: 0, isLossy: false, convergeWithinMs: 0 },
    ...heads.map(({ id, head, number }) => ({ kind: 'head', stream: id, seq: head, number }) as const),
    ...rows.map(({ seq, type, actor_id: actorId, command_id: commandId, part, number }) => {
      const numbered = number === null ? {} : { number }
      return { kind: 'log', stream, seq, type, actorId, commandId, part, ...numbered } as const
    }),
  ]
  // Who sent what was not written down here, so only what the log says of itself is judged.
  const ofLog = checkHistory(entries).filter(({ invariant }) => invariant === 'I2' || invariant === 'I3')
  return ofLog.map(({ invariant, what }) => `${invariant} ${what}`)
}

onBothDatabases((stage) => {
  test('[S1] a batch that is rolled back leaves no hole', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const { messageId } = await ann.posts(roomId, 'first')
    // A room whose next message finds its place taken: whatever shares a batch with that is rolled back.
    const brokenId = await ann.createsRoom('Broken')
    const broken = await ann.posts(brokenId, 'first')
    await stage.db.write(async (writer) => {
      const [row] = await writer.lookup('messages', ['id'], [{ id: broken.messageId }])
      if (row) await writer.insert('messages', [{ ...row, number: 2, id: newId<MessageId>() }])
    })
    const bob = await stage.person('Bob')
    await bob.does('enter-room', { roomId: brokenId })
    const outcomes = await Promise.allSettled([
      ann.does('edit-message', { roomId, messageId, body: 'changed' }),
      ann.posts(roomId, 'second'),
      bob.posts(brokenId, 'collides'),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected'])
    expect(await faultsIn(stage, roomId)).toEqual([])
  })

  test('[A6] a repeat leaves no hole', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const id = newId<CommandId>()
    const post = () => ann.does('post-message', { roomId, body: 'once' }, id)
    const [first, again] = await Promise.all([post(), post()])
    expect(again).toEqual(first)
    expect(await post()).toEqual(first)
    await ann.posts(roomId, 'next')
    expect(await faultsIn(stage, roomId)).toEqual([])
  })

  test('[A6] a repeat after a restart gets the first answer and is stored once', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const id = newId<CommandId>()
    const post = () => ann.does('post-message', { roomId, body: 'once' }, id)
    const first = await post()
    await stage.restart()
    const again = await post()
    expect(await faultsIn(stage, roomId)).toEqual([])
    expect(again).toEqual(first)
  })

  test('[E3] a cursor between events of one millisecond misses none', async () => {
    // The clock of a stage stands still.
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers')
    const { seq } = await ann.posts(roomId, 'one')
    for (const body of ['two', 'three']) await ann.posts(roomId, body)
    const page = await stage.state.catchUp(ann.actor, roomId, seq)
    if (page === 'reset') throw new Error('Nothing is too far behind here.')
    expect(page.events.map((event) => event.seq)).toEqual([seq + 1, seq + 2])
  })
})
