import { expect, test } from 'bun:test'
import type { RoomId } from '@parley/protocol'
import { onBothDatabases, type Person } from '../../../../tests/support/state.ts'
import { statement } from '../storage/statement.ts'

onBothDatabases((stage) => {
  const forgetNames = statement<{ userId: Person['id'] }>(({ db, params }) =>
    db.deleteFrom('handles').where('user_id', '=', params.userId),
  )
  const disable = statement<{ userId: Person['id'] }>(({ db, params }) =>
    db.updateTable('users').set({ disabled_at: 1 }).where('id', '=', params.userId),
  )
  const ownerOf = async (person: Person, roomId: RoomId) => (await person.asks('get-room', { roomId })).room.ownerId

  test('[G5] a room whose owner is gone passes to its longest member, in its log (`owner-changed`)', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const cid = await stage.person('Cid')
    const roomId = await ann.createsRoom('Designers')
    for (const person of [bob, cid]) {
      stage.now += 1
      await person.does('enter-room', { roomId })
    }
    await stage.passRooms(ann.id)
    expect(await ownerOf(cid, roomId)).toBe(bob.id)
    const events = await cid.catchesUp(roomId)
    expect(events === 'reset' ? undefined : events.at(-1)).toMatchObject({
      type: 'owner-changed',
      room: { ownerId: bob.id },
    })
    await bob.does('rename-room', { roomId, name: 'Bob’s designers' })
  })

  test('[G5] with nobody left, the next to enter takes over', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const roomId = await ann.createsRoom('Deserted')
    await ann.does('leave-room', { roomId })
    await stage.passRooms(ann.id)
    await stage.db.write((writer) => writer.run(forgetNames, { userId: ann.id }))
    expect(await ownerOf(bob, roomId)).toBe(ann.id)
    await bob.does('enter-room', { roomId })
    expect(await ownerOf(bob, roomId)).toBe(bob.id)
  })

  test('[G5] [O2] the heir is free of any mute, is no moderator besides, and is told by `standing`', async () => {
    const [ann, bob, cid] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Cid')]
    const roomId = await ann.createsRoom('Designers')
    for (const person of [bob, cid]) {
      stage.now += 1
      await person.does('enter-room', { roomId })
    }
    await ann.does('set-member-role', { roomId, userId: bob.id, role: 'moderator' })
    await ann.does('mute-member', { roomId, userId: bob.id })
    stage.fanout.heard.length = 0
    await stage.passRooms(ann.id)
    expect(stage.fanout.heard).toContainEqual({ kind: 'standing', userId: bob.id, roomId })
    await bob.posts(roomId, 'mine now')
    await bob.does('hand-over-room', { roomId, userId: cid.id })
    const { members } = await cid.asks('list-members', { roomId })
    expect(members.map(({ role }) => role)).toEqual(['guest', 'moderator', 'owner'])
  })

  test('[G5] nobody who may not sign in inherits', async () => {
    const [ann, bob, cid] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Cid')]
    const roomId = await ann.createsRoom('Designers')
    for (const person of [bob, cid]) {
      stage.now += 1
      await person.does('enter-room', { roomId })
    }
    await stage.db.write((writer) => writer.run(disable, { userId: bob.id }))
    await stage.passRooms(ann.id)
    expect(await ownerOf(cid, roomId)).toBe(cid.id)
  })
})
