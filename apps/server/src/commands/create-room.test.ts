import { expect, test } from 'bun:test'
import { type CommandId, newId } from '@parley/protocol'
import { codeOf, onBothDatabases } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[R1] create-room makes a room that its creator owns, is in and comes back to', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Designers', ' all about  form ')
    const welcome = await stage.state.welcome(ann.actor)
    expect(welcome).toMatchObject({
      lastRoomId: roomId,
      seq: 1,
      rooms: [{ room: { id: roomId, ownerId: ann.id, topic: 'all about form' } }],
    })
    const events = await ann.catchesUp(roomId)
    expect(events).toMatchObject([{ type: 'room-created' }, { type: 'member-joined', userId: ann.id }])
  })

  test('[R1] each violation has its own refusal', async () => {
    const ann = await stage.person('Ann')
    expect(await codeOf(ann.does('create-room', { name: ' \u200b ' }))).toBe('room-name-empty')
    expect(await codeOf(ann.does('create-room', { name: 'x'.repeat(61) }))).toBe('room-name-too-long')
    expect(await codeOf(ann.does('create-room', { name: 'ok', topic: 'x'.repeat(251) }))).toBe('topic-too-long')
    expect(await codeOf(ann.does('create-room', { name: 7 as never }))).toBe('invalid-input')
  })

  test('[A7] names differ by more than case, width and invisible characters', async () => {
    const ann = await stage.person('Ann')
    await ann.does('create-room', { name: 'Straße Café' })
    for (const name of ['straße café', 'STRASSE CAFÉ', 'Straße  Cafe\u0301', 'Ｓtraße Café', 'Stra\u200bße Café']) {
      expect(await codeOf(ann.does('create-room', { name }))).toBe('room-name-taken')
    }
  })

  test('[A7] of two who want a name at once, one gets it', async () => {
    const people = await Promise.all(['Ann', 'Bob', 'Cid'].map((name) => stage.person(name)))
    const asked = await Promise.allSettled(people.map((person) => person.does('create-room', { name: 'The one room' })))
    expect(asked.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1)
  })

  test('[A6] a repeat makes no second room, and says so when the room is closed', async () => {
    const ann = await stage.person('Ann')
    const id = newId<CommandId>()
    const first = await ann.does('create-room', { name: 'Only once' }, id)
    expect((await ann.does('create-room', { name: 'Only once' }, id)).roomId).toBe(first.roomId)
    await ann.does('close-room', { roomId: first.roomId })
    await stage.eraser.settled()
    expect(await codeOf(ann.does('create-room', { name: 'Only once' }, id))).toBe('room-closed')
  })
})
