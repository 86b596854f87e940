import { expect, test } from 'bun:test'
import { type MessageId, newId, type RoomId, type UserId } from '@parley/protocol'
import { codeOf, onBothDatabases, type Person, refusalOf } from '../../../../tests/support/state.ts'

/** Everything that can be asked about a room, as somebody who is not in it. */
function everythingAbout(me: Person, roomId: RoomId): Record<string, () => Promise<unknown>> {
  const messageId = newId<MessageId>()
  const userId = newId<UserId>()
  const about = { roomId, messageId }
  return {
    'enter-room': () => me.does('enter-room', { roomId }),
    'leave-room': () => me.does('leave-room', { roomId }),
    'rename-room': () => me.does('rename-room', { roomId, name: 'x' }),
    'change-topic': () => me.does('change-topic', { roomId, topic: 'x' }),
    'close-room': () => me.does('close-room', { roomId }),
    'add-member': () => me.does('add-member', { roomId, userId }),
    'remove-member': () => me.does('remove-member', { roomId, userId }),
    'ban-member': () => me.does('ban-member', { roomId, userId }),
    'unban-member': () => me.does('unban-member', { roomId, userId }),
    'mute-member': () => me.does('mute-member', { roomId, userId }),
    'unmute-member': () => me.does('unmute-member', { roomId, userId }),
    'set-member-role': () => me.does('set-member-role', { roomId, userId, role: 'moderator' }),
    'hand-over-room': () => me.does('hand-over-room', { roomId, userId }),
    'set-room-rules': () => me.does('set-room-rules', { roomId, isReadOnly: true }),
    'create-invitation': () => me.does('create-invitation', { roomId }),
    'post-message': () => me.posts(roomId, 'x'),
    'edit-message': () => me.does('edit-message', { ...about, body: 'x' }),
    'delete-message': () => me.does('delete-message', about),
    'add-reaction': () => me.does('add-reaction', { ...about, emoji: '👍' }),
    'remove-reaction': () => me.does('remove-reaction', { ...about, emoji: '👍' }),
    'mark-read': () => me.does('mark-read', { roomId, number: 1 }),
    'get-room': () => me.asks('get-room', { roomId }),
    'list-messages': () => me.asks('list-messages', { roomId }),
    'list-members': () => me.asks('list-members', { roomId }),
    'list-occupants': () => me.asks('list-occupants', { roomId }),
    'list-reactors': () => me.asks('list-reactors', { ...about, emoji: '👍' }),
    'list-bans': () => me.asks('list-bans', { roomId }),
    'list-invitations': () => me.asks('list-invitations', { roomId }),
    open: () => me.opens(roomId),
    'open from a cursor': () => me.opens(roomId, 1),
  }
}

onBothDatabases((stage) => {
  const makePrivate = (me: Person, name = 'Council') => me.does('create-room', { name, kind: 'private' })

  test('[V3] a private room is in no list, and its name is never taken', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    const listed = async (me: Person) => me.asks('list-rooms', { list: 'existing', filter: 'council' })
    const before = await stage.state.lobbyRooms({ first: 200, ids: [] })
    const { roomId } = await makePrivate(ann)
    await makePrivate(bob)
    await makePrivate(ann)
    expect(await listed(ann)).toMatchObject({ rooms: [], total: 0 })
    expect(await stage.state.lobbyRooms({ first: 200, ids: [roomId] })).toEqual(before)
    expect((await ann.asks('list-my-rooms', {})).rooms).toHaveLength(2)
    expect(await ann.asks('get-room', { roomId })).toMatchObject({ room: { kind: 'private', name: 'Council' } })

    // A public room may have the name of a private one, and a private one of a public.
    await bob.does('create-room', { name: 'Council' })
    await makePrivate(ann)
    expect(await codeOf(ann.does('create-room', { name: 'council' }))).toBe('room-name-taken')
    await ann.does('rename-room', { roomId, name: 'COUNCIL' })
    expect(await listed(ann)).toMatchObject({ total: 1 })
    const page = await stage.state.catchUp(ann.actor, roomId, 0)
    expect(page).toMatchObject({ isListed: false })
  })

  test('[V2] of a private, a direct and a missing room everything is answered alike', async () => {
    const [ann, bob, eve] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Eve')]
    const { roomId: foreign } = await makePrivate(ann)
    const { roomId: ofTwo } = await ann.does('start-direct', { userId: bob.id })
    await ann.posts(foreign, 'secret')
    const missing = newId<RoomId>()
    for (const name of Object.keys(everythingAbout(eve, foreign))) {
      const answers = []
      for (const roomId of [missing, foreign, ofTwo]) {
        const { code, message, details, retryAfterMs } = await refusalOf(
          everythingAbout(eve, roomId)[name]?.() ?? Promise.resolve(),
        )
        answers.push({ name, code, message, details, retryAfterMs })
      }
      expect(answers[0]?.code).toBe('room-not-found')
      expect(answers[1]).toEqual(answers[0])
      expect(answers[2]).toEqual(answers[0])
    }
  })

  test('[V2] also after it was closed, but those who were in it are told so', async () => {
    const [ann, bob, eve] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Eve')]
    const { roomId } = await makePrivate(ann)
    await ann.does('add-member', { roomId, userId: bob.id })
    await ann.does('close-room', { roomId })
    const [tombstone] = await stage.db.read((reader) => reader.lookup('tombstones', ['room_id'], [{ room_id: roomId }]))
    expect(tombstone?.was_listed).toBe(0)
    for (const ask of Object.values(everythingAbout(eve, roomId))) expect(await codeOf(ask())).toBe('room-not-found')
    for (const ask of Object.values(everythingAbout(bob, roomId))) expect(await codeOf(ask())).toBe('room-closed')
  })

  test('[V2] time does not tell a private room from a missing one', async () => {
    const [ann, eve] = [await stage.person('Ann'), await stage.person('Eve')]
    const { roomId: foreign } = await makePrivate(ann)
    const missing = newId<RoomId>()
    for (const name of ['post-message', 'enter-room', 'close-room', 'mark-read', 'get-room', 'open', 'leave-room']) {
      const time = async (roomId: RoomId) => {
        const ask = everythingAbout(eve, roomId)[name]
        const begunAt = performance.now()
        await ask?.().catch(() => undefined)
        return performance.now() - begunAt
      }
      // A busy machine may spoil a comparison, but not three times in one direction.
      const ratios: number[] = []
      for (let attempt = 0; attempt < 3; attempt++) {
        const times: { foreign: number[]; missing: number[] } = { foreign: [], missing: [] }
        for (let count = 0; count < 60; count++) {
          times.foreign.push(await time(foreign))
          times.missing.push(await time(missing))
        }
        ratios.push(median(times.foreign) / median(times.missing))
        if (isNearOne(ratios.at(-1) ?? 0)) break
      }
      expect({ name, ratios, isAlike: ratios.some(isNearOne) }).toMatchObject({ isAlike: true })
    }
  }, 30_000)
})

const isNearOne = (ratio: number): boolean => ratio > 0.75 && ratio < 1.33
const median = (times: number[]): number => times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
