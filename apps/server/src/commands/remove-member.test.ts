import { expect, test } from 'bun:test'
import { type CommandId, newId, type UserId, userStream } from '@parley/protocol'
import { codeOf, onBothDatabases } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[O1] remove-member ends a membership: in the log, in the own stream, marker and last room', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    const roomId = await ann.createsRoom('Designers')
    await bob.does('enter-room', { roomId })
    await bob.posts(roomId, 'hello')
    stage.fanout.heard.length = 0
    const { seq } = await ann.does('remove-member', { roomId, userId: bob.id })
    const events = await ann.catchesUp(roomId)
    expect(events === 'reset' ? undefined : events.at(-1)).toMatchObject({
      type: 'member-removed',
      seq,
      actorId: ann.id,
      userId: bob.id,
    })
    const own = stage.fanout.heard.find((told) => told.kind === 'events' && told.stream === userStream(bob.id))
    expect(own).toMatchObject({ events: [{ type: 'room-left', roomId }] })
    const welcome = await stage.state.welcome(bob.actor)
    expect(welcome.rooms).toEqual([])
    expect(welcome.lastRoomId).toBeUndefined()
    const markers = await stage.db.read((reader) =>
      reader.lookup('read_markers', ['user_id', 'room_id'], [{ user_id: bob.id, room_id: roomId }]),
    )
    expect(markers).toEqual([])
    expect(await codeOf(bob.posts(roomId, 'still here?'))).toBe('not-a-member')
    expect(await codeOf(bob.asks('list-messages', { roomId }))).toBe('not-a-member')
    expect(await codeOf(stage.state.catchUp(bob.actor, roomId, 1))).toBe('not-a-member')
    await bob.does('enter-room', { roomId })
  })

  test('[O2] owners remove anybody, moderators members, nobody their equals, betters or themselves', async () => {
    const people = await Promise.all(['Ann', 'Mod', 'Max', 'Bob', 'Cid'].map((name) => stage.person(name)))
    const [ann, mod, max, bob, cid] = people
    if (!ann || !mod || !max || !bob || !cid) throw new Error('nobody came')
    const roomId = await ann.createsRoom('Designers')
    for (const person of [mod, max, bob, cid]) await person.does('enter-room', { roomId })
    for (const { id } of [mod, max]) await ann.does('set-member-role', { roomId, userId: id, role: 'moderator' })
    const removes = (by: typeof ann, whom: typeof ann) => by.does('remove-member', { roomId, userId: whom.id })
    expect(await codeOf(removes(bob, cid))).toBe('not-allowed')
    expect(await codeOf(removes(mod, max))).toBe('not-allowed')
    expect(await codeOf(removes(mod, ann))).toBe('not-allowed')
    expect(await codeOf(removes(ann, ann))).toBe('not-allowed')
    await removes(mod, bob)
    await ann.does('leave-room', { roomId })
    await removes(ann, max)
    expect(await codeOf(removes(mod, ann))).toBe('not-allowed')
    expect((await mod.asks('list-members', { roomId })).members.map(({ user }) => user.id).sort()).toEqual(
      [mod.id, cid.id].sort(),
    )
  })

  test('[O3] strangers, unknown people and those who are gone answer alike', async () => {
    const [ann, bob, cid] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Cid')]
    const roomId = await ann.createsRoom('Designers')
    await cid.does('enter-room', { roomId })
    for (const userId of [bob.id, newId<UserId>()]) {
      for (const name of ['remove-member', 'mute-member', 'unmute-member', 'hand-over-room'] as const) {
        expect(await codeOf(ann.does(name, { roomId, userId }))).toBe('person-not-found')
      }
      expect(await codeOf(ann.does('set-member-role', { roomId, userId, role: 'moderator' }))).toBe('person-not-found')
    }
    expect(await codeOf(bob.does('remove-member', { roomId, userId: cid.id }))).toBe('not-a-member')
  })

  test('[A6] a repeat gets the first answer, and removes nobody who came back', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    const roomId = await ann.createsRoom('Designers')
    await bob.does('enter-room', { roomId })
    const id = newId<CommandId>()
    const first = await ann.does('remove-member', { roomId, userId: bob.id }, id)
    await bob.does('enter-room', { roomId })
    expect(await ann.does('remove-member', { roomId, userId: bob.id }, id)).toEqual(first)
    await bob.posts(roomId, 'still here')
    await ann.does('close-room', { roomId })
    await stage.eraser.settled()
    expect(await codeOf(ann.does('remove-member', { roomId, userId: bob.id }, id))).toBe('room-closed')
  })
})
