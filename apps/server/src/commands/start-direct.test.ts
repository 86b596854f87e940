import { expect, test } from 'bun:test'
import { newId, type UserId } from '@parley/protocol'
import { sql } from 'kysely'
import { codeOf, onBothDatabases, type Person, type Stage } from '../../../../tests/support/state.ts'
import { statement } from '../storage/statement.ts'

const setPresence = statement<{ id: UserId; deletedAt: number | null; disabledAt: number | null }>(({ db, params }) =>
  db
    .updateTable('users')
    .set({ deleted_at: params.deletedAt, disabled_at: params.disabledAt })
    .where('id', '=', params.id),
)

async function mark(stage: Stage, { id }: Person, now: { deletedAt?: number; disabledAt?: number }): Promise<void> {
  const { deletedAt = null, disabledAt = null } = now
  await stage.db.write((writer) => writer.run(setPresence, { id, deletedAt, disabledAt }))
}

const pairCount = statement<object, { count: number }>(({ db }) =>
  db.selectFrom('direct_pairs').select(sql<number>`count(*)`.as('count')),
)
const countPairs = (stage: Stage) =>
  stage.db.read(async (reader) => Number((await reader.first(pairCount, {}))?.count ?? 0))

onBothDatabases((stage) => {
  test('[V1] start-direct makes one room of two, with both in it, and gives the same one ever after', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    const first = await ann.does('start-direct', { userId: bob.id })
    expect(first.seq).toBe(3)
    expect(await ann.does('start-direct', { userId: bob.id })).toEqual(first)
    expect(await bob.does('start-direct', { userId: ann.id })).toEqual(first)
    const { roomId } = first
    const events = await ann.catchesUp(roomId)
    if (events === 'reset') throw new Error('reset')
    expect(events.map((event) => event.type)).toEqual(['room-created', 'member-joined', 'member-joined'])
    for (const [me, other] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      const { rooms, lastRoomId } = await me.asks('list-my-rooms', {})
      expect(rooms).toMatchObject([
        { room: { id: roomId, kind: 'direct', name: '', topic: '' }, peer: { id: other.id }, role: 'guest' },
      ])
      expect(lastRoomId).toBeUndefined()
      expect(await me.asks('get-room', { roomId })).toMatchObject({
        isMember: true,
        memberCount: 2,
        peer: { id: other.id },
      })
      const { snapshot } = await stage.state.roomSnapshot(me.actor, roomId)
      expect(snapshot).toMatchObject({ peer: { id: other.id }, role: 'guest', memberCount: 2 })
    }
  })

  test('[A6] a repeated start-direct gets the first answer again', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    const id = newId<never>()
    const { roomId } = await ann.does('start-direct', { userId: bob.id }, id)
    expect((await ann.does('start-direct', { userId: bob.id }, id)).roomId).toBe(roomId)
    expect(await codeOf(ann.does('leave-room', { roomId }, id))).toBe('command-id-reused')
  })

  test('[V1] both own streams say room-entered, and each names the other', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    stage.fanout.heard.length = 0
    const { roomId } = await ann.does('start-direct', { userId: bob.id })
    for (const me of [ann, bob]) {
      const own = stage.fanout.heard.find((heard) => heard.kind === 'events' && heard.stream === `user:${me.id}`)
      expect(own).toMatchObject({ events: [{ type: 'room-entered', roomId, actorId: ann.id }] })
      if (own?.kind !== 'events') throw new Error('No events.')
      expect(own.users.map(({ id }) => id).sort()).toEqual([ann.id, bob.id].sort())
    }
  })

  test('[V1] two who start with each other at the same moment get one room', async () => {
    const before = await countPairs(stage)
    for (let round = 0; round < 20; round++) {
      const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
      const asked = [ann, bob, ann, bob].map((me) => me.does('start-direct', { userId: me === ann ? bob.id : ann.id }))
      const rooms = (await Promise.all(asked)).map(({ roomId }) => roomId)
      expect(new Set(rooms).size).toBe(1)
    }
    expect(await countPairs(stage)).toBe(before + 20)
  })

  if (stage.databaseName === 'postgres') {
    test('[V1] and so do two on two instances', async () => {
      const second = await stage.second()
      for (let round = 0; round < 10; round++) {
        const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
        const there = second.as(bob)
        const [mine, theirs] = await Promise.all([
          ann.does('start-direct', { userId: bob.id }),
          there.does('start-direct', { userId: ann.id }),
        ])
        expect(mine.roomId).toBe(theirs.roomId)
      }
      await second.close()
    })
  }

  test('[V1] nobody starts with themselves, with nobody, or with who is deleted or disabled', async () => {
    const [ann, bob, eve] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Eve')]
    const { roomId } = await ann.does('start-direct', { userId: eve.id })
    await mark(stage, bob, { disabledAt: 1 })
    await mark(stage, eve, { deletedAt: 1 })
    for (const userId of [ann.id, newId<UserId>(), bob.id, eve.id]) {
      expect(await codeOf(ann.does('start-direct', { userId }))).toBe('person-not-found')
    }
    await mark(stage, bob, {})
    expect((await ann.does('start-direct', { userId: bob.id })).roomId).toBeString()

    // The room stays, and shows that the other is gone.
    expect(await ann.asks('get-room', { roomId })).toMatchObject({
      peer: { id: eve.id, isDeleted: true, displayName: '', handle: '' },
    })
  })

  test('[V1] a direct room has no owner: it cannot be left, closed, renamed or handed over', async () => {
    const [ann, bob, eve] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Eve')]
    const { roomId } = await ann.does('start-direct', { userId: bob.id })
    const { messageId } = await bob.posts(roomId, 'mine')
    for (const me of [ann, bob]) {
      const asked = [
        me.does('leave-room', { roomId }),
        me.does('close-room', { roomId }),
        me.does('rename-room', { roomId, name: 'Ours' }),
        me.does('change-topic', { roomId, topic: 'Ours' }),
        me.does('set-room-rules', { roomId, isReadOnly: true }),
        me.does('add-member', { roomId, userId: eve.id }),
        me.does('remove-member', { roomId, userId: me === ann ? bob.id : ann.id }),
        me.does('hand-over-room', { roomId, userId: me === ann ? bob.id : ann.id }),
        me.does('create-invitation', { roomId }),
        me.asks('list-invitations', { roomId }),
      ]
      const codes = await Promise.all(asked.map(codeOf))
      expect(new Set(codes)).toEqual(new Set(['direct-room']))
    }
    expect(await codeOf(ann.does('delete-message', { roomId, messageId }))).toBe('not-your-message')
    expect(await codeOf(eve.asks('get-room', { roomId }))).toBe('room-not-found')
    expect(await codeOf(eve.does('enter-room', { roomId }))).toBe('room-not-found')
    expect(await bob.reads(roomId)).toEqual(['mine'])
  })

  test('[V1] who deleted the account stays known as deleted; the other keeps room and messages', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    const { roomId } = await bob.does('start-direct', { userId: ann.id })
    await bob.posts(roomId, 'goodbye')
    stage.fanout.heard.length = 0
    await stage.accounts.deleteAccount(bob.actor, { messages: 'keep' })
    await stage.forgetting.settled()
    expect(stage.fanout.heard).toContainEqual({
      kind: 'profile',
      user: expect.objectContaining({ id: bob.id, isDeleted: true, displayName: '' }),
    })
    const peer = { id: bob.id, isDeleted: true, displayName: '', handle: '' }
    const { rooms } = await ann.asks('list-my-rooms', {})
    expect(rooms).toMatchObject([{ room: { id: roomId, kind: 'direct' }, peer, lastNumber: 1, unread: 1 }])
    expect((await stage.state.roomSnapshot(ann.actor, roomId)).snapshot).toMatchObject({ peer, memberCount: 1 })
    expect(await ann.reads(roomId)).toEqual(['goodbye'])
    expect(await codeOf(ann.does('start-direct', { userId: bob.id }))).toBe('person-not-found')
    await ann.posts(roomId, 'to nobody')
  })
})
