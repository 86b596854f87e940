import { expect, test } from 'bun:test'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { onBothDatabases, type Person, type Stage } from '../../../../tests/support/state.ts'
import { raw } from '../storage/table-pages.ts'
import { examineDatabase } from './doctor.ts'
import type { Finding } from './finding.ts'

// G21: a database is broken by hand in each way that matters, and the doctor names what is broken. Each breakage has a room of
// its own, so that the later ones find a database that was broken before and are named all the same.

async function examined(stage: Stage, now = stage.now): Promise<Finding[]> {
  const found: Finding[] = []
  const { dialect } = stage.db
  const piece = <T>(work: Parameters<typeof stage.db.read<T>>[0]) => stage.db.read(work)
  await examineDatabase({ dialect, piece }, { dataFolder: stage.dataFolder, now }, (more) => found.push(...more))
  return found
}

const bad = (found: readonly Finding[]) => found.filter(({ state }) => state === 'failing')

async function expectNamed(stage: Stage, about: string, name: string, now?: number): Promise<void> {
  const found = bad(await examined(stage, now)).filter((finding) => finding.about === about)
  const said = found.flatMap(({ says, named = [] }) => [says, ...named])
  expect({ about, said: said.some((text) => text.includes(name)) ? name : said }).toEqual({ about, said: name })
  for (const { remedy } of found) expect(remedy).toBeTruthy()
}

let broken = 0

async function breaks(stage: Stage, ...statements: readonly string[]): Promise<void> {
  await stage.db.write(async (writer) => {
    for (const sql of statements) await writer.run(raw(`break ${++broken}`, sql, []), {})
  })
}

interface Place {
  readonly ann: Person
  readonly bob: Person
  readonly roomId: string
  readonly messageIds: readonly string[]
}

/** A room with ten messages of two people, one of them edited, one deleted. */
async function place(stage: Stage): Promise<Place> {
  const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
  const roomId = await ann.createsRoom('Ward', 'about this')
  await bob.does('enter-room', { roomId })
  await ann.does('set-member-role', { roomId, userId: bob.id, role: 'moderator' })
  const messageIds = []
  for (let count = 0; count < 10; count++) {
    const { messageId } = await (count % 2 === 0 ? ann : bob).posts(roomId, `number ${count}`)
    messageIds.push(messageId)
  }
  await ann.does('edit-message', { roomId, messageId: messageIds[0] as never, body: 'another' })
  await ann.does('delete-message', { roomId, messageId: messageIds[2] as never })
  await bob.does('add-reaction', { roomId, messageId: messageIds[4] as never, emoji: '👍' })
  return { ann, bob, roomId, messageIds }
}

onBothDatabases((stage) => {
  test('[G21] a sound database, with rooms closed and people deleted, has nothing wrong', async () => {
    const { ann, bob, roomId } = await place(stage)
    await place(stage)
    await ann.does('hand-over-room', { roomId: roomId as never, userId: bob.id })
    await bob.does('hand-over-room', { roomId: roomId as never, userId: ann.id })
    await bob.does('leave-room', { roomId: roomId as never })
    await ann.does('start-direct', { userId: bob.id })
    const closed = await place(stage)
    await closed.ann.does('close-room', { roomId: closed.roomId as never })
    await stage.accounts.deleteAccount(closed.bob.actor, { messages: 'erase' })
    await stage.eraser.settled()
    await stage.forgetting.settled()
    const found = await examined(stage)
    expect(bad(found)).toEqual([])
    const areas = [
      'schema',
      'receipts',
      'database settings',
      'log',
      'members',
      'messages',
      'texts',
      'remains',
      'erasing',
      'ledger',
    ]
    for (const about of areas) expect(found.map((finding) => finding.about)).toContain(about)
  })

  test('[G21] a log is read over many pieces without being taken for broken', async () => {
    const { ann, roomId } = await place(stage)
    await Promise.all(Array.from({ length: 2_100 }, (_, index) => ann.posts(roomId as never, `more ${index}`)))
    expect(bad(await examined(stage))).toEqual([])
  }, 60_000)

  test('[G21] a hole in the seqs', async () => {
    const { roomId } = await place(stage)
    await breaks(stage, `delete from events where stream = 'room:${roomId}' and seq = 7`)
    await expectNamed(stage, 'log', `seq 7 of room:${roomId}`)
  })

  test('[G21] a wrong head', async () => {
    const [low, high] = [await place(stage), await place(stage)]
    await breaks(stage, `update streams set head = head - 1 where id = 'room:${low.roomId}'`)
    await breaks(stage, `update streams set head = head + 3 where id = 'room:${high.roomId}'`)
    await expectNamed(stage, 'log', `room:${low.roomId} says`)
    await expectNamed(stage, 'log', `room:${high.roomId} says`)
  })

  test('[G21] a log whose stream is gone, and one that is gone itself', async () => {
    const [one, other] = [await place(stage), await place(stage)]
    await breaks(stage, `delete from streams where id = 'room:${one.roomId}'`)
    await breaks(stage, `delete from events where stream = 'room:${other.roomId}'`)
    await expectNamed(stage, 'log', `of room:${one.roomId}`)
    await expectNamed(stage, 'messages', `${one.roomId} has no stream`)
    await expectNamed(stage, 'log', `room:${other.roomId} says`)
    await expectNamed(stage, 'messages', `message 1 in ${other.roomId} has no event`)
  })

  test('[G21] a message that is missing, and a number that is said wrongly', async () => {
    const [one, other] = [await place(stage), await place(stage)]
    await breaks(stage, `delete from messages where room_id = '${one.roomId}' and number = 4`)
    await breaks(stage, `update streams set number = 99 where id = 'room:${other.roomId}'`)
    await expectNamed(stage, 'messages', `5 after 3 in ${one.roomId}`)
    await expectNamed(stage, 'messages', `${other.roomId} says 99`)
    await expectNamed(stage, 'log', `room:${other.roomId} says 99`)
  })

  test('[G21] a text that is missing, and one that is blank', async () => {
    const { roomId } = await place(stage)
    const textOf = (number: number) =>
      `(select text_id from messages where room_id = '${roomId}' and number = ${number})`
    await breaks(
      stage,
      `delete from texts where id = ${textOf(5)}`,
      `update texts set body = '' where id = ${textOf(6)}`,
    )
    await expectNamed(stage, 'texts', `that of message 5 in ${roomId}`)
    await expectNamed(stage, 'texts', `that of message 6 in ${roomId}`)
  })

  test('[G21] a text of a deleted message that still stands, and one that belongs to nothing', async () => {
    const { roomId } = await place(stage)
    const body = stage.databaseName === 'sqlite' ? `cast('secret' as blob)` : `'secret'`
    await breaks(
      stage,
      `update texts set body = ${body} where id = (select text_id from messages where room_id = '${roomId}' and number = 3)`,
      `insert into texts (id, body) values (900000000, ${body})`,
    )
    await expectNamed(stage, 'texts', `that of message 3 in ${roomId}, which is deleted`)
    await expectNamed(stage, 'texts', 'text 900000000')
  })

  test('[G21] members and roles that the log does not know', async () => {
    const [one, other] = [await place(stage), await place(stage)]
    await breaks(stage, `delete from members where room_id = '${one.roomId}' and user_id = '${one.bob.id}'`)
    await breaks(
      stage,
      `update members set role = 'moderator' where room_id = '${other.roomId}' and user_id = '${other.ann.id}'`,
    )
    await expectNamed(stage, 'members', `${one.bob.id} should be a member of ${one.roomId}`)
    await expectNamed(stage, 'members', `${other.ann.id} is moderator in ${other.roomId}`)
  })

  test('[G21] what is left of a closed room, and a closed room that is there', async () => {
    const { ann, bob, roomId } = await place(stage)
    await ann.does('close-room', { roomId: roomId as never })
    await stage.eraser.settled()
    await breaks(stage, `insert into bans (room_id, user_id, banned_at) values ('${roomId}', '${bob.id}', 1)`)
    await expectNamed(stage, 'remains', `1 in bans of the room ${roomId}`)
    const alive = await place(stage)
    await breaks(
      stage,
      `insert into tombstones (room_id, was_listed, closed_at, closed_by) values ('${alive.roomId}', 1, 1, '${ann.id}')`,
    )
    await expectNamed(stage, 'remains', alive.roomId)
  })

  test('[G21] somebody who is deleted and could still sign in', async () => {
    const { bob } = await place(stage)
    await breaks(stage, `update users set deleted_at = 1 where id = '${bob.id}'`)
    await expectNamed(stage, 'remains', `1 in sessions of the person ${bob.id}`)
    await expectNamed(stage, 'texts', `the name of ${bob.id}, who is deleted`)
  })

  test('[G21] a ledger line whose room lives', async () => {
    const { roomId } = await place(stage)
    const at = stage.now - 10 * 60_000
    appendFileSync(join(stage.dataFolder, 'erased.jsonl'), `${JSON.stringify({ kind: 'room', id: roomId, at })}\n`)
    await expectNamed(stage, 'ledger', `room ${roomId}, erased at`)
  })

  test('[G21] erasing that does not come to its end', async () => {
    await stage.eraser.stop()
    const { ann, roomId } = await place(stage)
    await ann.does('close-room', { roomId: roomId as never })
    await expectNamed(stage, 'erasing', roomId, stage.now + 2 * 60 * 60_000)
  })

  test('[G21] a command that counts twice', async () => {
    const { ann, roomId } = await place(stage)
    const doubled = `select 'room:${roomId}', 900, type, at, actor_id, command_id, part, subject, number, data from events where stream = 'room:${roomId}' and seq = 5`
    await breaks(
      stage,
      'drop index events_receipt',
      `insert into events (stream, seq, type, at, actor_id, command_id, part, subject, number, data) ${doubled}`,
    )
    await expectNamed(stage, 'schema', 'events_receipt')
    await expectNamed(stage, 'receipts', ann.id)
  })

  test('[G21] a number that two messages have', async () => {
    const { roomId } = await place(stage)
    const unkeyed =
      stage.databaseName === 'sqlite'
        ? [
            'create table copied as select * from messages',
            'drop table messages',
            'alter table copied rename to messages',
          ]
        : ['alter table messages drop constraint messages_pk']
    await breaks(stage, ...unkeyed, `update messages set number = 4 where room_id = '${roomId}' and number = 5`)
    await expectNamed(stage, 'messages', `4 after 4 in ${roomId}`)
  })

  test('[G21] a migration that is missing', async () => {
    await breaks(stage, `delete from kysely_migration where name = '0004-leases'`)
    await expectNamed(stage, 'schema', '0004-leases')
  })
})
