import { expect, test } from 'bun:test'
import { type CommandId, newId, type UserId } from '@parley/protocol'
import { codeOf, onBothDatabases } from '../../../../tests/support/state.ts'
import { statement } from '../storage/statement.ts'

const disable = statement<{ userId: UserId }>(({ db, params }) =>
  db.updateTable('users').set({ disabled_at: 1 }).where('id', '=', params.userId),
)

onBothDatabases((stage) => {
  test('[O4] add-member brings a person in, with nothing unread, and repeating is a success', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    const roomId = await ann.createsRoom('Designers')
    await ann.posts(roomId, 'before Bob')
    const id = newId<CommandId>()
    const first = await ann.does('add-member', { roomId, userId: bob.id }, id)
    expect(await ann.does('add-member', { roomId, userId: bob.id }, id)).toEqual(first)
    expect(await ann.does('add-member', { roomId, userId: bob.id })).toEqual(first)
    const welcome = await stage.state.welcome(bob.actor)
    expect(welcome).toMatchObject({ seq: 1, rooms: [{ room: { id: roomId }, unread: 0, marker: 1 }] })
    // Somebody else's act does not move a person elsewhere.
    expect(welcome.lastRoomId).toBeUndefined()
    const events = await bob.catchesUp(roomId)
    expect(events === 'reset' ? undefined : events.at(-1)).toMatchObject({
      type: 'member-joined',
      actorId: ann.id,
      userId: bob.id,
    })
  })

  test('[O4] members may not, nobody adds who is banned, disabled or unknown', async () => {
    const people = await Promise.all(['Ann', 'Bob', 'Cid', 'Dee'].map((name) => stage.person(name)))
    const [ann, bob, cid, dee] = people
    if (!ann || !bob || !cid || !dee) throw new Error('nobody came')
    const roomId = await ann.createsRoom('Designers')
    await bob.does('enter-room', { roomId })
    expect(await codeOf(bob.does('add-member', { roomId, userId: cid.id }))).toBe('not-allowed')
    expect(await codeOf(cid.does('add-member', { roomId, userId: dee.id }))).toBe('not-a-member')
    expect(await codeOf(ann.does('add-member', { roomId, userId: ann.id }))).toBe('not-allowed')
    await ann.does('ban-member', { roomId, userId: cid.id })
    expect(await codeOf(ann.does('add-member', { roomId, userId: cid.id }))).toBe('banned')
    await stage.db.write((writer) => writer.run(disable, { userId: dee.id }))
    for (const userId of [dee.id, newId<UserId>()]) {
      expect(await codeOf(ann.does('add-member', { roomId, userId }))).toBe('person-not-found')
    }
  })
})
