import { expect, test } from 'bun:test'
import { newId, type RoomId, type UserId } from '@parley/protocol'
import { codeOf, onBothDatabases, type Person } from '../../../../tests/support/state.ts'

const blockedBy = async (
  stage: { state: { welcome: (actor: Person['actor']) => Promise<{ blocked: readonly UserId[] }> } },
  me: Person,
) => (await stage.state.welcome(me.actor)).blocked

onBothDatabases((stage) => {
  const unreadOf = async (me: Person, roomId: RoomId) =>
    (await me.asks('list-my-rooms', {})).rooms.find(({ room }) => room.id === roomId)?.unread

  test('[V6] block-person and unblock-person are a set, told to the blocker alone', async () => {
    const [ann, bob, eve] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Eve')]
    stage.fanout.heard.length = 0
    await ann.does('block-person', { userId: bob.id })
    await ann.does('block-person', { userId: bob.id })
    await ann.does('block-person', { userId: eve.id })
    expect(await blockedBy(stage, ann)).toEqual([bob.id, eve.id])
    expect(await blockedBy(stage, bob)).toEqual([])
    await ann.does('unblock-person', { userId: bob.id })
    await ann.does('unblock-person', { userId: bob.id })
    await ann.does('unblock-person', { userId: newId<UserId>() })
    expect(await blockedBy(stage, ann)).toEqual([eve.id])
    expect(stage.fanout.heard).toEqual([
      { kind: 'blocks', userId: ann.id, blocked: [bob.id] },
      { kind: 'blocks', userId: ann.id, blocked: [bob.id, eve.id] },
      { kind: 'blocks', userId: ann.id, blocked: [eve.id] },
    ])
  })

  test('[V6] nobody blocks themselves or nobody, or more than 1,000 people', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    for (const userId of [ann.id, newId<UserId>()]) {
      expect(await codeOf(ann.does('block-person', { userId }))).toBe('person-not-found')
    }
    const many = Array.from({ length: 999 }, () => ({ user_id: ann.id, blocked_id: newId<UserId>(), blocked_at: 0 }))
    await stage.db.write((writer) => writer.insert('blocks', many))
    await ann.does('block-person', { userId: bob.id })
    const eve = await stage.person('Eve')
    expect(await codeOf(ann.does('block-person', { userId: eve.id }))).toBe('too-many-blocks')
    await ann.does('block-person', { userId: bob.id })
    await ann.does('unblock-person', { userId: bob.id })
    await ann.does('block-person', { userId: eve.id })
  })

  test('[E8] what somebody writes whom I block is not unread, before and after', async () => {
    const [ann, bob, eve] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Eve')]
    const roomId = await ann.createsRoom('Loud')
    await bob.does('enter-room', { roomId })
    await eve.does('enter-room', { roomId })
    await bob.posts(roomId, 'one')
    await eve.posts(roomId, 'two')
    expect(await unreadOf(ann, roomId)).toBe(2)
    await ann.does('block-person', { userId: bob.id })
    expect(await unreadOf(ann, roomId)).toBe(1)
    await bob.posts(roomId, 'three')
    expect(await unreadOf(ann, roomId)).toBe(1)
    expect((await stage.state.unread(ann.actor, roomId)).unread).toBe(1)
    expect(await ann.does('mark-read', { roomId, number: 1 })).toEqual({ number: 1, unread: 1 })
    expect(await unreadOf(eve, roomId)).toBe(2)
    await ann.does('unblock-person', { userId: bob.id })
    expect(await unreadOf(ann, roomId)).toBe(2)
  })

  test('[V6] the blocked is answered as before', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    const { roomId } = await bob.does('start-direct', { userId: ann.id })
    const before = await bob.posts(roomId, 'before')
    await ann.does('block-person', { userId: bob.id })
    const after = await bob.posts(roomId, 'after')
    expect(Object.keys(after)).toEqual(Object.keys(before))
    expect(after.number).toBe(2)
    expect((await bob.does('start-direct', { userId: ann.id })).roomId).toBe(roomId)
    const { rooms } = await bob.asks('list-my-rooms', {})
    expect(rooms).toMatchObject([{ peer: { id: ann.id }, unread: 0, lastNumber: 2 }])
    expect((await bob.catchesUp(roomId)).length).toBe(5)
    expect(await bob.reads(roomId)).toEqual(['before', 'after'])
    expect(await ann.reads(roomId)).toEqual(['before', 'after'])

    // Nor does it show to whom the blocked has not spoken yet.
    const eve = await stage.person('Eve')
    await eve.does('block-person', { userId: bob.id })
    const { roomId: other } = await bob.does('start-direct', { userId: eve.id })
    await bob.posts(other, 'hello?')
    expect(await unreadOf(eve, other)).toBe(0)
  })
})
