import { expect, test } from 'bun:test'
import type { RoomId, UserId } from '@parley/protocol'
import { bodies, House, shown } from '../testing/house.ts'
import { memoryStorage } from './memory-storage.ts'
import type { Notice } from './notice.ts'

async function designers() {
  const house = new House()
  const ann = house.person('Ann')
  const bob = house.person('Bob')
  const roomId = house.world.createRoom(ann.id, 'designers')
  house.world.do(bob.id, 'enter-room', { roomId })
  return { house, ann, bob, roomId }
}

function noticesOf(client: { notices: { subscribe(listener: (notice: Notice) => void): () => void } }): Notice[] {
  const notices: Notice[] = []
  client.notices.subscribe((notice) => notices.push(notice))
  return notices
}

test('[M1] a message shows at once, and again when it is posted, as the same row', async () => {
  const { house, ann, bob, roomId } = await designers()
  const here = await house.inRoom(ann, roomId)
  const there = await house.inRoom(bob, roomId)
  here.room(roomId).postMessage({ body: 'hello' })
  const [pending] = shown(here, roomId).rows
  expect(pending).toMatchObject({ body: 'hello', status: 'sending', number: undefined })
  await house.clock.advance(0)
  const [posted] = shown(here, roomId).rows
  expect(posted).toMatchObject({ key: pending?.key, status: 'posted', number: 1 })
  expect(bodies(there, roomId)).toEqual(['hello'])
  expect(here.outbox.value.queued).toBe(0)
})

test('[E5] after any absence a client catches up on posts, edits, deletions and reactions', async () => {
  const { house, ann, bob, roomId } = await designers()
  const first = house.world.post(ann.id, roomId, 'first')
  const second = house.world.post(ann.id, roomId, 'second')
  const client = await house.inRoom(bob, roomId)
  house.server.isDown = true
  house.server.cutAll()
  await house.clock.advance(0)
  expect(shown(client, roomId).phase).toBe('stale')
  house.world.do(ann.id, 'edit-message', { roomId, messageId: first.messageId, body: 'first, edited' })
  house.world.do(ann.id, 'add-reaction', { roomId, messageId: first.messageId, emoji: '👍' })
  house.world.do(ann.id, 'delete-message', { roomId, messageId: second.messageId })
  house.world.post(ann.id, roomId, 'third')
  house.server.isDown = false
  await house.clock.advance(10_000)
  expect(shown(client, roomId).phase).toBe('live')
  expect(bodies(client, roomId)).toEqual(['first, edited', '(deleted)', 'third'])
  expect(shown(client, roomId).rows[0]?.reactions).toEqual([{ emoji: '👍', count: 1, people: [ann.id], isMine: false }])
})

test('[E5] rows that did not change keep their identity', async () => {
  const { house, ann, bob, roomId } = await designers()
  house.world.post(ann.id, roomId, 'one')
  const client = await house.inRoom(bob, roomId)
  const before = shown(client, roomId)
  house.world.post(ann.id, roomId, 'two')
  await house.clock.advance(0)
  expect(shown(client, roomId).rows[0]).toBe(before.rows[0])
  expect(shown(client, roomId)).not.toBe(before)
})

test('[E7] a lost frame is noticed by the next one, and the hole is filled', async () => {
  const { house, ann, bob, roomId } = await designers()
  const client = await house.inRoom(bob, roomId)
  let isLossy = true
  house.server.script = { drops: (frame) => isLossy && frame.type === 'events' }
  house.world.post(ann.id, roomId, 'one')
  isLossy = false
  house.world.post(ann.id, roomId, 'two')
  await house.clock.advance(0)
  expect(bodies(client, roomId)).toEqual(['one', 'two'])
})

test('[E7] a lost last frame is noticed by the heartbeat', async () => {
  const { house, ann, bob, roomId } = await designers()
  const client = await house.inRoom(bob, roomId)
  house.server.script = { drops: (frame) => frame.type === 'events' }
  house.world.post(ann.id, roomId, 'one')
  house.server.script = {}
  await house.clock.advance(0)
  expect(bodies(client, roomId)).toEqual([])
  house.server.beat()
  await house.clock.advance(1_000)
  expect(bodies(client, roomId)).toEqual(['one'])
})

test('[E3] a lost answer to open is repeated by the heartbeat', async () => {
  const { house, ann, bob, roomId } = await designers()
  house.world.post(ann.id, roomId, 'one')
  house.server.script = { drops: (frame) => frame.type === 'reset' || frame.type === 'opened' }
  const client = await house.inRoom(bob, roomId)
  expect(shown(client, roomId).phase).toBe('loading')
  house.server.script = {}
  await house.clock.advance(6_000)
  house.server.beat()
  await house.clock.advance(0)
  expect(shown(client, roomId).phase).toBe('live')
})

test('[E3] another epoch replaces everything that was known', async () => {
  const { house, ann, bob, roomId } = await designers()
  const { messageId } = house.world.post(ann.id, roomId, 'before the restore')
  const client = await house.inRoom(bob, roomId)
  house.world.do(ann.id, 'edit-message', { roomId, messageId, body: 'after' })
  const found = house.world.roomOf(roomId)
  // The restored database is an older one: the edit never happened there.
  found.log.pop()
  found.messages[0] = { ...found.messages[0], body: 'restored', version: 2 } as never
  house.world.epoch = 'second'
  house.server.cutAll()
  await house.clock.advance(1_000)
  expect(bodies(client, roomId)).toEqual(['restored'])
})

test('[G4] a stranger who opens a room enters it first; the marker of news is frozen', async () => {
  const { house, ann, roomId } = await designers()
  const eve = house.person('Eve')
  house.world.post(ann.id, roomId, 'old')
  const client = await house.inRoom(eve, roomId)
  expect(client.lastRoomId.value).toBe(roomId)
  expect(shown(client, roomId)).toMatchObject({ phase: 'live', newLineAt: undefined, memberCount: 3 })
  client.openLobby()
  await house.clock.advance(0)
  expect(client.room(roomId).view.value).toBeUndefined()
  house.world.post(ann.id, roomId, 'new')
  house.server.signal(eve.id, { name: 'activity', roomId, lastNumber: 2, unread: 1, mentions: 0 })
  await house.clock.advance(0)
  expect(client.rooms.value[0]?.unread).toBe(1)
  client.room(roomId).open()
  expect(shown(client, roomId).phase).toBe('loading')
  await house.clock.advance(0)
  expect(shown(client, roomId)).toMatchObject({ phase: 'live', newLineAt: 2, unread: 1 })
  client.room(roomId).markRead(2)
  await house.clock.advance(0)
  expect(shown(client, roomId)).toMatchObject({ newLineAt: 2, unread: 0, marker: 2 })
  expect(house.world.roomOf(roomId).markers.get(eve.id)).toBe(2)
})

test('[G4] news before the newest page open the room where they begin', async () => {
  const { house, ann, bob, roomId } = await designers()
  for (let number = 1; number <= 200; number += 1) house.world.post(ann.id, roomId, `m${number}`)
  house.world.do(bob.id, 'mark-read', { roomId, number: 80 })
  const client = await house.inRoom(bob, roomId)
  const view = shown(client, roomId)
  expect(view).toMatchObject({ phase: 'live', newLineAt: 81, hasOlder: true, hasNewer: true, lastNumber: 200 })
  expect(view.rows.some((row) => row.number === 81)).toBe(true)
  await client.room(roomId).jumpToLatest()
  expect(shown(client, roomId)).toMatchObject({ hasNewer: false, newLineAt: 81 })
  expect(shown(client, roomId).rows.at(-1)?.number).toBe(200)
})

test('[M6] pages join without holes, and news while scrolled back only move the end', async () => {
  const { house, ann, bob, roomId } = await designers()
  for (let number = 1; number <= 120; number += 1) house.world.post(ann.id, roomId, `m${number}`)
  house.world.do(bob.id, 'mark-read', { roomId, number: 120 })
  const client = await house.inRoom(bob, roomId)
  const room = client.room(roomId)
  while (shown(client, roomId).hasOlder) {
    const loading = room.loadOlder()
    expect(shown(client, roomId).isLoadingOlder).toBe(true)
    await loading
  }
  const numbers = () => shown(client, roomId).rows.map((row) => row.number)
  expect(numbers()).toEqual(Array.from({ length: 120 }, (_, index) => index + 1))
  await room.loadAround(1)
  house.world.post(ann.id, roomId, 'm121')
  await house.clock.advance(0)
  expect(numbers().at(-1)).toBe(121)
})

test('[R5] closing a room ends its view, names who closed it, and keeps late text under "Not sent"', async () => {
  const { house, ann, bob, roomId } = await designers()
  const owner = await house.inRoom(ann, roomId)
  const member = await house.inRoom(bob, roomId)
  const notices = noticesOf(member)
  await Promise.all([owner.closeRoom(roomId), house.clock.advance(0)])
  expect(shown(member, roomId)).toMatchObject({ phase: 'closed', code: 'room-closed', rows: [] })
  expect(member.rooms.value).toEqual([])
  expect(notices).toMatchObject([{ kind: 'room-closed', roomName: 'designers', closedBy: { id: ann.id } }])
  const { commandId } = member.room(roomId).postMessage({ body: 'too late' })
  await house.clock.advance(0)
  expect(member.outbox.value.notSent).toMatchObject([{ id: commandId, refusal: { code: 'room-closed' } }])
  member.deleteNotSent(commandId)
  expect(member.outbox.value.notSent).toEqual([])
})

test('[G4] a room closed while away is told with the name from the device, which then forgets it', async () => {
  const { house, ann, bob, roomId } = await designers()
  const client = await house.online(bob)
  const notices = noticesOf(client)
  house.server.isDown = true
  house.server.cutAll()
  house.world.do(ann.id, 'close-room', { roomId })
  house.server.isDown = false
  await house.clock.advance(10_000)
  expect(notices).toMatchObject([
    { kind: 'room-closed', roomName: 'designers', closedBy: undefined, closedAt: expect.any(Number) },
  ])
  expect(client.rememberedRoomName(roomId)).toBeUndefined()
})

test('[R3] leaving takes the room out of the sidebar without a notice; from elsewhere with one', async () => {
  const { house, bob, roomId } = await designers()
  const here = await house.inRoom(bob, roomId)
  const elsewhere = await house.inRoom(bob, roomId)
  const [noticesHere, noticesElsewhere] = [noticesOf(here), noticesOf(elsewhere)]
  await Promise.all([here.leaveRoom(roomId), house.clock.advance(0)])
  expect(here.rooms.value).toEqual([])
  expect(here.room(roomId).view.value).toBeUndefined()
  expect(noticesHere).toEqual([])
  expect(noticesElsewhere).toMatchObject([{ kind: 'room-left-elsewhere', roomName: 'designers' }])
  expect(elsewhere.rooms.value).toEqual([])
})

test('[E12] a removed member is told, and hears nothing more', async () => {
  const { house, ann, bob, roomId } = await designers()
  const client = await house.inRoom(bob, roomId)
  const notices = noticesOf(client)
  house.world.remove(roomId, bob.id)
  house.world.post(ann.id, roomId, 'about you')
  await house.clock.advance(0)
  expect(shown(client, roomId)).toMatchObject({ phase: 'closed', code: 'not-a-member', rows: [] })
  expect(notices).toMatchObject([{ kind: 'removed', roomName: 'designers' }])
})

test('[R2] entering on another device shows the room here', async () => {
  const { house, ann, bob } = await designers()
  const client = await house.online(bob)
  const other = house.world.createRoom(ann.id, 'painters')
  house.world.do(bob.id, 'enter-room', { roomId: other })
  await house.clock.advance(0)
  expect(client.rooms.value.map((room) => room.name)).toEqual(['designers', 'painters'])
})

test('[R1] a room command survives a cut and is answered once', async () => {
  const { house, ann } = await designers()
  const client = await house.online(ann)
  let cuts = 1
  house.server.script = { command: () => (cuts-- > 0 ? 'cut' : undefined) }
  const creating = client.createRoom({ name: 'painters' })
  await house.clock.advance(2_000)
  const { roomId } = await creating
  expect([...house.world.rooms.values()].filter(({ room }) => room.name === 'painters')).toHaveLength(1)
  expect(client.lastRoomId.value).toBe(roomId)
})

test('[X1] a refused room command rejects with its code', async () => {
  const { house, ann } = await designers()
  const client = await house.online(ann)
  house.server.script = { command: () => 'room-name-taken' }
  const creating = client.createRoom({ name: 'designers' })
  await house.clock.advance(0)
  await expect(creating).rejects.toMatchObject({ name: 'RefusalError', code: 'room-name-taken' })
})

test('[F2] an internal fault is repeated a few times, then told with its incident', async () => {
  const { house, ann } = await designers()
  const client = await house.online(ann)
  house.server.script = { command: () => 'internal' }
  const creating = client.createRoom({ name: 'painters' })
  creating.catch(() => undefined)
  await house.clock.advance(60_000)
  await expect(creating).rejects.toMatchObject({ code: 'internal' })
  expect(new Set(house.server.commands('create-room').map((frame) => frame.id)).size).toBe(1)
})

test('[F2] a member goes on following a room though entering it again failed for the time being', async () => {
  const { house, ann, bob, roomId } = await designers()
  house.server.script = { command: ({ name }) => (name === 'enter-room' ? 'internal' : undefined) }
  const client = await house.inRoom(bob, roomId)
  await house.clock.advance(60_000)
  house.server.cutAll()
  await house.clock.advance(10_000)
  house.world.post(ann.id, roomId, 'hello')
  await house.clock.advance(0)
  expect(shown(client, roomId).phase).toBe('live')
  expect(bodies(client, roomId)).toEqual(['hello'])
})

test('[G4] a member whose page opens the room before it is greeted need not wait for the entering', async () => {
  const { house, ann, bob, roomId } = await designers()
  house.world.post(ann.id, roomId, 'hello')
  house.server.script = { command: ({ name }) => (name === 'enter-room' ? 'internal' : undefined) }
  const client = house.client(bob)
  await client.whoAmI()
  client.room(roomId).open()
  client.connect()
  await house.clock.advance(0)
  expect(shown(client, roomId).phase).toBe('live')
  expect(bodies(client, roomId)).toEqual(['hello'])
})

test('[G4] a client that connects before it asks who it is learns it from the greeting', async () => {
  const { house, bob, roomId } = await designers()
  const client = house.client(bob)
  client.connect()
  await house.clock.advance(0)
  expect(client.me.value?.id).toBe(bob.id)
  expect(client.rooms.value.map(({ id }) => id)).toEqual([roomId])
})

test('[G6] typing is said at most every three seconds, and forgotten after six', async () => {
  const { house, ann, bob, roomId } = await designers()
  const client = await house.inRoom(ann, roomId)
  const said = () => house.server.heard.filter((frame) => frame.type === 'signal')
  const room = client.room(roomId)
  for (let key = 0; key < 8; key += 1) {
    room.setTyping(true)
    await house.clock.advance(500)
  }
  expect(said()).toHaveLength(2)
  room.postMessage({ body: 'done' })
  expect(said().at(-1)).toMatchObject({ input: { roomId, isTyping: false } })
  house.server.signal(ann.id, { name: 'typing', roomId, people: [bob, ann], more: 0 })
  await house.clock.advance(0)
  expect(shown(client, roomId).typing.people).toEqual([bob])
  await house.clock.advance(6_000)
  expect(shown(client, roomId).typing.people).toEqual([])
})

test('[E8] the read marker is sent at most once a second, always the furthest', async () => {
  const { house, ann, bob, roomId } = await designers()
  for (let number = 1; number <= 10; number += 1) house.world.post(ann.id, roomId, `m${number}`)
  const client = await house.inRoom(bob, roomId)
  for (let number = 1; number <= 10; number += 1) client.room(roomId).markRead(number)
  await house.clock.advance(900)
  expect(house.server.commands('mark-read')).toHaveLength(1)
  await house.clock.advance(5_000)
  expect(house.server.commands('mark-read').map((frame) => frame.input)).toMatchObject([{ number: 1 }, { number: 10 }])
  expect(client.rooms.value[0]).toMatchObject({ marker: 10, unread: 0 })
})

test('[X3] a server of another build is told once', async () => {
  const { house, ann } = await designers()
  const client = await house.online(ann, { build: 'one' })
  const notices = noticesOf(client)
  house.server.build = 'two'
  for (let restart = 0; restart < 2; restart += 1) {
    house.server.cutAll(1012)
    await house.clock.advance(5_000)
  }
  expect(notices).toEqual([{ kind: 'server-upgraded', build: 'two' }])
})

test('[G1] the lobby is kept, but stale, while another place is open', async () => {
  const { house, ann, roomId } = await designers()
  const client = await house.online(ann)
  client.openLobby()
  await house.clock.advance(0)
  expect(client.lobby.value).toMatchObject({ isStale: false, totals: { existing: 1 } })
  client.room(roomId).open()
  expect(client.lobby.value?.isStale).toBe(true)
})

test('[H1] signing out forgets the person here', async () => {
  const { house, ann, roomId } = await designers()
  const client = await house.inRoom(ann, roomId)
  const notices = noticesOf(client)
  await Promise.all([client.signOut(), house.clock.advance(0)])
  expect(client.me.value).toBeUndefined()
  expect(client.rooms.value).toEqual([])
  expect(client.connection.value.phase).toBe('offline')
  expect(notices).toEqual([])
})

test('[R2] opening an unknown room says so', async () => {
  const { house, ann } = await designers()
  const unknown = '01890a5d-ac96-7000-8000-000000000000' as RoomId
  const client = await house.inRoom(ann, unknown)
  expect(shown(client, unknown)).toMatchObject({ phase: 'closed', code: 'room-not-found' })
})

test('[G4] the name of a closed room is known by the time its page says that it was closed', async () => {
  const { house, ann, bob, roomId } = await designers()
  const storage = memoryStorage()
  const before = await house.online(bob, { storage })
  before.disconnect()
  await house.clock.advance(0)
  house.world.do(ann.id, 'close-room', { roomId })
  const reading = Promise.withResolvers<void>()
  const load = async (userId: UserId) => {
    await reading.promise
    return storage.load(userId)
  }
  const slow = { ...storage, load }
  const after = await house.inRoom(bob, roomId, { storage: slow })
  expect(shown(after, roomId).phase).toBe('loading')
  const names: (string | undefined)[] = []
  after.room(roomId).view.subscribe(() => {
    if (shown(after, roomId).phase === 'closed') names.push(after.rememberedRoomName(roomId))
  })
  reading.resolve()
  await house.clock.advance(0)
  expect(names[0]).toBe('designers')
})
