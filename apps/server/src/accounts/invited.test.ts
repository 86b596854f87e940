import { describe, expect, test } from 'bun:test'
import { type CommandId, newId, type RoomId } from '@parley/protocol'
import { onBothDatabases, PASSWORD } from '../../../../tests/support/state.ts'
import type { Writer } from '../storage/database.ts'
import { statement } from '../storage/statement.ts'

let count = 0
const fresh = () => `${'bcdfghjkmnpqrstvwxz'[count % 19]}${'aeiou'[count % 5]}-invited-${count++}`

onBothDatabases((stage) => {
  /** The process dies at its n-th transaction from here on: neither that one nor any later one is ever committed. */
  async function dyingAt(nth: number, work: () => Promise<unknown>): Promise<boolean> {
    const { db } = stage
    const write = db.write.bind(db)
    let begun = 0
    Object.assign(db, {
      write: (task: (writer: Writer) => Promise<unknown>, committed?: () => void) =>
        ++begun >= nth ? Promise.reject(new Error('The process died.')) : write(task, committed),
    })
    try {
      await work()
      return false
    } catch {
      return true
    } finally {
      Reflect.deleteProperty(db, 'write')
    }
  }

  const ways = {
    register: async () => {
      const handle = fresh()
      return (invitation: string) => stage.accounts.register({ handle, name: handle, password: PASSWORD, invitation })
    },
    enter: async () => {
      const ask = { id: newId<CommandId>(), name: fresh(), secret: 'a secret of sixteen characters or more' }
      return (invitation: string) => stage.accounts.enter({ ...ask, invitation })
    },
    'claim-account': async () => {
      const guest = await stage.person('Guest')
      return (invitation: string) => stage.accounts.claimAccount(guest.actor, { password: PASSWORD, invitation })
    },
  } as const

  for (const [name, prepare] of Object.entries(ways)) {
    describe(name, () => {
      test('[U4] a crash leaves nobody outside the room whose invitation they have used', async () => {
        const ann = await stage.person('Ann')
        for (let nth = 1; ; nth++) {
          const { roomId } = await ann.does('create-room', { name: fresh(), kind: 'private' })
          const { token } = await ann.does('create-invitation', { roomId, maxUses: 1 })
          const come = await prepare()
          const hasDied = await dyingAt(nth, () => come(token))
          const [uses, members] = [await usesIn(roomId), await membersOf(roomId)]
          expect([nth, uses, members]).toEqual([nth, members - 1, uses + 1])
          if (!hasDied) {
            expect(uses).toBe(1)
            expect(nth).toBeGreaterThan(1)
            return
          }
        }
      })

      test('[U4] one event each tells the room and the person, after the commit', async () => {
        const ann = await stage.person('Ann')
        const { roomId } = await ann.does('create-room', { name: fresh(), kind: 'private' })
        const { token } = await ann.does('create-invitation', { roomId })
        const come = await prepare()
        stage.fanout.heard.length = 0
        const { user } = await come(token)
        const told = stage.fanout.heard.flatMap((one) =>
          one.kind === 'events' ? one.events.map(({ type, actorId }) => `${one.stream} ${type} ${actorId}`) : [],
        )
        expect(told.sort()).toEqual([
          `room:${roomId} member-joined ${user.id}`,
          `user:${user.id} room-entered ${user.id}`,
        ])
      })
    })
  }

  test('[U4] many who come by one link at once are all members, in an order without holes', async () => {
    const ann = await stage.person('Ann')
    const { roomId } = await ann.does('create-room', { name: fresh(), kind: 'private' })
    const { token } = await ann.does('create-invitation', { roomId, maxUses: 8 })
    const come = await Promise.all(
      Array.from({ length: 12 }, (_, i) => ways[i % 2 === 0 ? 'enter' : 'claim-account']()),
    )
    const posts = Array.from({ length: 12 }, (_, i) => ann.does('post-message', { roomId, body: `${i}` }))
    const answers = await Promise.allSettled(come.map((one) => one(token)))
    await Promise.all(posts)
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(8)
    expect(await membersOf(roomId)).toBe(9)
    const seqs = await stage.db.read((reader) => reader.all(seqsOf, { stream: `room:${roomId}` }))
    expect(seqs.map(({ seq }) => seq)).toEqual(Array.from({ length: seqs.length }, (_, i) => i + 1))
  })

  const membersOf = async (roomId: RoomId) =>
    (await stage.db.read((reader) => reader.lookup('members', ['room_id'], [{ room_id: roomId }]))).length
  const usesIn = async (roomId: RoomId) =>
    (await stage.db.read((reader) => reader.lookup('invitations', ['room_id'], [{ room_id: roomId }])))[0]?.uses ?? -1
})

const seqsOf = statement<{ stream: string }, { seq: number }>(({ db, params }) =>
  db
    .selectFrom('events')
    .select('seq')
    .where('stream', '=', params.stream as never) // as: the name of a stream
    .orderBy('seq'),
)
