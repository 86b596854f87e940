import { expect, test } from 'bun:test'
import { codeOf, onBothDatabases } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[E8] mark-read only moves forward, never beyond the newest message', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const roomId = await ann.createsRoom('Designers')
    await bob.does('enter-room', { roomId })
    for (let index = 0; index < 5; index++) await ann.posts(roomId, `${index}`)
    expect(await bob.does('mark-read', { roomId, number: 3 })).toEqual({ number: 3, unread: 2 })
    expect(await bob.does('mark-read', { roomId, number: 1 })).toEqual({ number: 3, unread: 2 })
    expect(await bob.does('mark-read', { roomId, number: 99 })).toEqual({ number: 5, unread: 0 })
    expect(stage.fanout.heard.at(-1)).toEqual({
      kind: 'marker',
      userId: bob.id,
      roomId,
      number: 5,
      unread: 0,
      lastNumber: 5,
    })
  })

  test('[E8] deleted messages and one’s own do not count, and counting ends at 99+', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const roomId = await ann.createsRoom('Designers')
    await bob.does('enter-room', { roomId })
    const first = await ann.posts(roomId, 'gone soon')
    await bob.posts(roomId, 'mine')
    await ann.posts(roomId, 'stays')
    await ann.does('delete-message', { roomId, messageId: first.messageId })
    expect((await stage.state.unread(bob.actor, roomId)).unread).toBe(1)
    await Promise.all(Array.from({ length: 120 }, (_, index) => ann.posts(roomId, `${index}`)))
    expect((await stage.state.unread(bob.actor, roomId)).unread).toBe(100)
    const cid = await stage.person('Cid')
    expect(await codeOf(cid.does('mark-read', { roomId, number: 1 }))).toBe('not-a-member')
  })

  test('[E8] of the 2,000 newest messages unread ones are counted, however many of one’s own there are', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const roomId = await ann.createsRoom('Robots')
    await bob.does('enter-room', { roomId })
    for (let index = 0; index < 5; index++) await ann.posts(roomId, `${index}`)
    const own = (count: number) =>
      Promise.all(Array.from({ length: count }, (_, index) => bob.posts(roomId, `${index}`)))
    for (let round = 0; round < 4; round++) await own(499)
    expect((await stage.state.unread(bob.actor, roomId)).unread).toBe(4)
    expect(await bob.does('mark-read', { roomId, number: 2 })).toEqual({ number: 2, unread: 3 })
    await own(4)
    expect((await stage.state.unread(bob.actor, roomId)).unread).toBe(0)
    expect((await bob.does('mark-read', { roomId, number: 3 })).unread).toBe(0)
  })
})
