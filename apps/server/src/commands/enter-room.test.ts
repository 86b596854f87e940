import { expect, test } from 'bun:test'
import { type CommandId, newId } from '@parley/protocol'
import { codeOf, onBothDatabases } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[R2] enter-room gives the full history, nothing of it unread, and a place to come back to', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const roomId = await ann.createsRoom('Designers')
    for (const body of ['one', 'two', 'three']) await ann.posts(roomId, body)
    await bob.does('enter-room', { roomId })
    expect(await bob.reads(roomId)).toEqual(['one', 'two', 'three'])
    const welcome = await stage.state.welcome(bob.actor)
    expect(welcome).toMatchObject({ lastRoomId: roomId, rooms: [{ unread: 0, marker: 3 }] })
    await ann.posts(roomId, 'four')
    expect((await stage.state.unread(bob.actor, roomId)).unread).toBe(1)
    expect((await stage.state.unread(ann.actor, roomId)).unread).toBe(0)
  })

  test('[G4] the last room is the one entered most recently, on any device', async () => {
    const ann = await stage.person('Ann')
    const first = await ann.createsRoom('First')
    const second = await ann.createsRoom('Second')
    expect((await stage.state.welcome(ann.actor)).lastRoomId).toBe(second)
    await ann.does('enter-room', { roomId: first })
    expect((await stage.state.welcome(ann.actor)).lastRoomId).toBe(first)
    await ann.does('leave-room', { roomId: first })
    expect((await stage.state.welcome(ann.actor)).lastRoomId).toBeUndefined()
  })

  test('[R2] entering twice joins once', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const roomId = await ann.createsRoom('Designers')
    const id = newId<CommandId>()
    const first = await bob.does('enter-room', { roomId }, id)
    expect(await bob.does('enter-room', { roomId }, id)).toEqual(first)
    await Promise.all([bob.does('enter-room', { roomId }), bob.does('enter-room', { roomId })])
    const events = await ann.catchesUp(roomId)
    expect(events === 'reset' ? 0 : events.filter((event) => event.type === 'member-joined').length).toBe(2)
  })

  test('[R3] leave-room ends membership; leaving what one is not in is a success', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const roomId = await ann.createsRoom('Designers')
    await bob.does('leave-room', { roomId })
    await bob.does('enter-room', { roomId })
    await bob.does('leave-room', { roomId })
    expect(await codeOf(bob.posts(roomId, 'still here?'))).toBe('not-a-member')
    expect(await codeOf(bob.asks('list-messages', { roomId }))).toBe('not-a-member')
    expect(await stage.state.welcome(bob.actor)).toMatchObject({ rooms: [], seq: 2 })
    const events = await ann.catchesUp(roomId)
    expect(events === 'reset' ? [] : events.map((event) => event.type)).toEqual([
      'room-created',
      'member-joined',
      'member-joined',
      'member-left',
    ])
  })
})
