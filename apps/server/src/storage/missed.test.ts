import { expect, test } from 'bun:test'
import { type Event, newId, type RoomId, roomStream, type SessionId, type UserId, userStream } from '@parley/protocol'
import { onBothDatabases, type Person, type Stage } from '../../../../tests/support/state.ts'
import type { EventsPublication } from '../rules/publication.ts'

onBothDatabases((stage) => {
  test('[T2] what was missed is told as it would have been published, up to the head', async () => {
    const { ann, roomId } = await roomOf(stage, 'Missed')
    await ann.posts(roomId, 'one')
    await ann.does('rename-room', { roomId, name: `Renamed ${newId()}` })
    const part = await stage.state.truth.missed(roomStream(roomId), 2)
    expect(part?.publication?.events.map(({ seq, type }) => [seq, type])).toEqual([
      [3, 'message-posted'],
      [4, 'room-renamed'],
    ])
    expect(part?.head).toBe(4)
    expect(part?.publication).toMatchObject({ kind: 'events', lastNumber: 1, users: [{ id: ann.id }] })
    expect(part?.publication?.room?.name).toStartWith('Renamed')
    expect(part?.publication?.isUnlisted).toBeUndefined()
    expect(await stage.state.truth.missed(roomStream(roomId), 4)).toEqual({ publication: undefined, head: 4 })
  })

  test('[T2] a private room is told as unlisted, and a person hears of their own rooms', async () => {
    const ann = await stage.person('Ann')
    const { roomId } = await ann.does('create-room', { name: 'Hidden', kind: 'private' })
    expect((await stage.state.truth.missed(roomStream(roomId), 0))?.publication?.isUnlisted).toBe(true)
    const own = await stage.state.truth.missed(userStream(ann.id), 0)
    expect(own?.publication?.events.at(-1)).toMatchObject({ type: 'room-entered', roomId })
    expect(await stage.state.truth.roomIds(ann.id)).toEqual([roomId])
  })

  test('[T3] no part tells what happened to a message after its end, where somebody may have been removed', async () => {
    const { ann, roomId } = await roomOf(stage, 'Long')
    const bob = await stage.person('Bob')
    await bob.does('enter-room', { roomId })
    const { messageId } = await ann.does('post-message', { roomId, body: 'for all' })
    await ann.does('remove-member', { roomId, userId: bob.id })
    for (let index = 0; index < 300; index++) await ann.posts(roomId, `post ${index}`)
    await ann.does('edit-message', { messageId, roomId, body: 'for those who stayed' })
    const parts = await allOf(stage, roomId)
    expect(parts.length).toBeGreaterThan(1)
    expect(JSON.stringify(parts[0])).not.toContain('for those who stayed')
    expect(JSON.stringify(parts.at(-1))).toContain('for those who stayed')
    const seqs = parts.flatMap(({ events }) => events.map(({ seq }) => seq))
    expect(seqs).toEqual(seqs.map((_, index) => index + 1))
    // Put together, nothing is missing: the last state of each message is told.
    const bodies = new Map<string, string>()
    for (const { events } of parts) for (const event of events) noteBody(bodies, event)
    expect(bodies.size).toBe(301)
    expect(bodies.get(messageId)).toBe('for those who stayed')
  })

  test('[T4] closed rooms, ended sessions and changed people are found', async () => {
    const { ann, roomId } = await roomOf(stage, 'Closing')
    const open = await ann.createsRoom(`Open ${newId()}`)
    await ann.does('close-room', { roomId })
    const { truth } = stage.state
    expect(await truth.missed(roomStream(roomId), 0)).toBeUndefined()
    expect(await truth.closings([roomId, open, newId<RoomId>()])).toEqual([
      { roomId, closedAt: stage.now, closedBy: expect.objectContaining({ id: ann.id }) },
    ])
    const unknown = newId<SessionId>()
    expect(await truth.endedSessions([unknown])).toEqual([unknown])
    await ann.does('change-name', { name: 'Anne' })
    const changed = await truth.changedPeople(
      new Map([
        [ann.id, ann.actor.user.version],
        [newId<UserId>(), 1],
      ]),
    )
    expect(changed.map(({ displayName }) => displayName)).toEqual(['Anne'])
    expect(await truth.changedPeople(new Map([[ann.id, changed[0]?.version ?? 0]]))).toEqual([])
  })

  // Whoever is on SQLite is alone.
  if (stage.databaseName === 'sqlite') return
  test('[T4] an instance that runs says so in the database, for a while', async () => {
    const { truth } = stage.state
    await truth.noteHere('one', 60_000)
    await truth.noteHere('gone', 60_000)
    await truth.noteHere('long gone', 0)
    await truth.noteGone('gone')
    expect((await truth.othersHere('other')).map(String)).toEqual(['one'])
    expect(await truth.othersHere('one')).toEqual([])
  })
})

async function roomOf(stage: Stage, name: string): Promise<{ ann: Person; roomId: RoomId }> {
  const ann = await stage.person('Ann')
  return { ann, roomId: await ann.createsRoom(`${name} ${newId()}`) }
}

async function allOf(stage: Stage, roomId: RoomId): Promise<EventsPublication[]> {
  const parts: EventsPublication[] = []
  for (let after = 0; ; ) {
    const part = await stage.state.truth.missed(roomStream(roomId), after)
    if (!part?.publication) return parts
    parts.push(part.publication)
    after = part.publication.events.at(-1)?.seq ?? after
  }
}

function noteBody(bodies: Map<string, string>, event: Event): void {
  if ('message' in event && event.message) bodies.set(event.message.id, event.message.body)
}
