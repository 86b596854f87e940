import { expect, test } from 'bun:test'
import { type CommandId, newId } from '@parley/protocol'
import { codeOf, onBothDatabases } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[O2] hand-over-room makes another member the owner; who hands over stays as a moderator', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    const roomId = await ann.createsRoom('Designers')
    await bob.does('enter-room', { roomId })
    await ann.does('mute-member', { roomId, userId: bob.id })
    const id = newId<CommandId>()
    stage.fanout.heard.length = 0
    const first = await ann.does('hand-over-room', { roomId, userId: bob.id }, id)
    expect(await ann.does('hand-over-room', { roomId, userId: bob.id }, id)).toEqual(first)
    for (const { id: userId } of [ann, bob])
      expect(stage.fanout.heard).toContainEqual({ kind: 'standing', userId, roomId })
    const events = await bob.catchesUp(roomId)
    expect(events === 'reset' ? [] : events.slice(-2)).toMatchObject([
      { type: 'owner-changed', seq: first.seq, room: { ownerId: bob.id } },
      { type: 'role-changed', userId: ann.id, role: 'moderator' },
    ])
    await bob.posts(roomId, 'nobody could unmute an owner')
    expect(await codeOf(ann.does('rename-room', { roomId, name: 'Mine' }))).toBe('not-allowed')
    expect(await codeOf(ann.does('remove-member', { roomId, userId: bob.id }))).toBe('not-allowed')
    await ann.does('change-topic', { roomId, topic: 'as a moderator' })
    expect(await codeOf(ann.does('hand-over-room', { roomId, userId: bob.id }))).toBe('not-allowed')
    await bob.does('remove-member', { roomId, userId: ann.id })
  })

  test('[O2] to another member only; an owner who left may, and stays outside', async () => {
    const [ann, bob, cid] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Cid')]
    const roomId = await ann.createsRoom('Designers')
    await bob.does('enter-room', { roomId })
    expect(await codeOf(ann.does('hand-over-room', { roomId, userId: ann.id }))).toBe('not-allowed')
    expect(await codeOf(ann.does('hand-over-room', { roomId, userId: cid.id }))).toBe('person-not-found')
    await ann.does('leave-room', { roomId })
    await ann.does('hand-over-room', { roomId, userId: bob.id })
    const { members } = await bob.asks('list-members', { roomId })
    expect(members).toMatchObject([{ user: { id: bob.id }, role: 'owner' }])
    expect(await codeOf(ann.does('close-room', { roomId }))).toBe('not-a-member')
  })
})
