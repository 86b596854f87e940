import { expect, test } from 'bun:test'
import { newId, type RoomId, type UserId } from '@parley/protocol'
import { codeOf, onBothDatabases } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[M6] list-messages: the newest, before, after, around, never with holes', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Long')
    await Promise.all(Array.from({ length: 30 }, (_, index) => ann.posts(roomId, `${index + 1}`)))
    const numbers = async (ask: object) =>
      (await ann.asks('list-messages', { roomId, limit: 10, ...ask })).messages.map((message) => message.number)
    const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)
    expect(await numbers({})).toEqual(range(21, 30))
    expect(await numbers({ before: 21 })).toEqual(range(11, 20))
    expect(await numbers({ before: 5 })).toEqual(range(1, 4))
    expect(await numbers({ after: 25 })).toEqual(range(26, 30))
    expect(await numbers({ around: 15 })).toEqual(range(10, 19))
    expect(await numbers({ around: 1 })).toEqual(range(1, 10))
    expect(await numbers({ around: 30 })).toEqual(range(21, 30))
    expect(await numbers({ after: 30 })).toEqual([])
    const page = await ann.asks('list-messages', { roomId })
    expect(page).toMatchObject({ lastNumber: 30, seq: 32, users: [{ id: ann.id }] })
    expect(await codeOf(ann.asks('list-messages', { roomId, limit: 101 }))).toBe('invalid-input')
  })

  test('[G1] list-rooms pages through everything once, the most recently active first', async () => {
    const ann = await stage.person('Ann')
    const made: RoomId[] = []
    for (let index = 0; index < 25; index++) {
      stage.now += 61_000
      made.push(await ann.createsRoom(`Paged ${index}`))
    }
    stage.now += 61_000
    await ann.posts(made[3] ?? newId<RoomId>(), 'alive')
    const listed: string[] = []
    let after: string | undefined
    do {
      const page = await ann.asks('list-rooms', { list: 'existing', limit: 7, ...(after && { after }) })
      listed.push(...page.rooms.map((room) => room.id))
      after = page.next
    } while (after)
    expect(listed.slice(0, 2)).toEqual([made[3] ?? '', made[24] ?? ''])
    expect(new Set(listed).size).toBe(listed.length)
    expect(made.every((id) => listed.includes(id))).toBe(true)
  })

  test('[G1] list-rooms filters names and topics in any script and case', async () => {
    const ann = await stage.person('Ann')
    await ann.does('create-room', { name: 'Ärzte 100%', topic: 'ΣΊΣΥΦΟΣ' })
    const found = async (filter: string) =>
      (await ann.asks('list-rooms', { list: 'existing', filter })).rooms.map((room) => room.name)
    for (const filter of ['ärz', 'ÄRZTE', '100%', 'σίσυφ']) expect(await found(filter)).toEqual(['Ärzte 100%'])
    expect(await found('_')).toEqual([])
    expect((await ann.asks('list-rooms', { list: 'active' })).rooms).toEqual([])
    expect(await codeOf(ann.asks('list-rooms', { list: 'all' as never }))).toBe('invalid-input')
  })

  test('[R6] get-room, list-members, list-my-rooms, list-occupants, get-users', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const roomId = await ann.createsRoom('Designers', 'form')
    expect(await bob.asks('get-room', { roomId })).toMatchObject({
      isMember: false,
      memberCount: 1,
      room: { topic: 'form' },
    })
    expect(await codeOf(bob.asks('list-members', { roomId }))).toBe('not-a-member')
    expect(await codeOf(bob.asks('list-occupants', { roomId }))).toBe('not-a-member')
    await bob.does('enter-room', { roomId })
    const first = await bob.asks('list-members', { roomId, limit: 1 })
    const second = await bob.asks('list-members', { roomId, limit: 1, after: first.next ?? '' })
    expect([...first.members, ...second.members].map(({ user }) => user.id)).toEqual([ann.id, bob.id])
    expect(first.total).toBe(2)
    const onlyBob = await ann.asks('list-members', { roomId, userId: bob.id })
    expect(onlyBob).toMatchObject({ members: [{ user: { id: bob.id } }], total: 2 })
    expect((await ann.asks('list-members', { roomId, userId: newId<UserId>() })).members).toEqual([])
    expect(await bob.asks('list-my-rooms', {})).toMatchObject({
      lastRoomId: roomId,
      seq: 1,
      rooms: [{ room: { id: roomId } }],
    })
    expect(await bob.asks('list-occupants', { roomId })).toMatchObject({ roomId, count: 0 })
    const { users } = await bob.asks('get-users', { ids: [ann.id, newId<UserId>(), ann.id] })
    expect(users.map((user) => user.id)).toEqual([ann.id])
    expect(await codeOf(ann.asks('get-room', { roomId: newId<RoomId>() }))).toBe('room-not-found')
    expect(await codeOf(ann.asks('get-secrets' as never, {} as never))).toBe('unknown-name')
  })

  test('[E3] catch-up: a cursor ahead or too far behind is answered by reset', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Busy')
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => ann.posts(roomId, `${index}`)))
    expect(await stage.state.catchUp(ann.actor, roomId, 2_000)).toBe('reset')
    expect(await stage.state.catchUp(ann.actor, roomId, 1)).toBe('reset')
    expect(await ann.catchesUp(roomId, 2)).toHaveLength(1_000)
    expect(await ann.catchesUp(roomId, 1_002)).toEqual([])
  })

  test('[E3] a page of catch-up stays within 256 KiB however long the messages are', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Wordy')
    await Promise.all(Array.from({ length: 40 }, () => ann.posts(roomId, '漢'.repeat(8_000))))
    const page = await stage.state.catchUp(ann.actor, roomId, 0)
    if (page === 'reset') throw new Error('reset')
    expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(256 * 1024)
    expect(page.events.length).toBeLessThan(42)
    expect(await ann.catchesUp(roomId)).toHaveLength(42)
  })

  test('[E8] the snapshot opens where reading stopped, else at the end', async () => {
    const ann = await stage.person('Ann')
    const bob = await stage.person('Bob')
    const roomId = await ann.createsRoom('Long')
    await bob.does('enter-room', { roomId })
    await Promise.all(Array.from({ length: 200 }, (_, index) => ann.posts(roomId, `${index + 1}`)))
    const opened = async () => {
      const { snapshot } = await stage.state.roomSnapshot(bob.actor, roomId)
      return [snapshot.marker, snapshot.page.messages[0]?.number, snapshot.page.messages.at(-1)?.number]
    }
    expect(await opened()).toEqual([0, 1, 60])
    await bob.does('mark-read', { roomId, number: 100 })
    expect(await opened()).toEqual([100, 81, 140])
    await bob.does('mark-read', { roomId, number: 200 })
    expect(await opened()).toEqual([200, 141, 200])
  })

  test('[C3] what no database can look up is refused at the edge or finds nothing, and is no fault', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Edges')
    const { messageId } = await ann.posts(roomId, 'hello')
    for (const text of ['\u0000', 'a\u0000b', '\ud800']) {
      expect(await codeOf(ann.asks('list-members', { roomId, after: text }))).toBe('invalid-input')
      expect(await codeOf(ann.asks('list-reactors', { roomId, messageId, emoji: text }))).toBe('invalid-input')
      expect(await codeOf(ann.asks('list-rooms', { list: 'existing', after: text }))).toBe('invalid-input')
    }
    const most = Number.MAX_SAFE_INTEGER
    for (const ask of [{ before: most }, { after: most }, { around: most }, { before: 0 }, { around: 0 }]) {
      expect((await ann.asks('list-messages', { roomId, ...ask, limit: 100 })).lastNumber).toBe(1)
    }
    expect(await ann.does('mark-read', { roomId, number: most })).toMatchObject({ number: 1 })
    expect(await stage.state.catchUp(ann.actor, roomId, most)).toBe('reset')
  })
})
