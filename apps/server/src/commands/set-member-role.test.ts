import { expect, test } from 'bun:test'
import { newId } from '@parley/protocol'
import { codeOf, onBothDatabases } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[O2] set-member-role makes moderators and takes it back, in the log (`role-changed`) and by `standing`', async () => {
    const [ann, bob, cid] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Cid')]
    const roomId = await ann.createsRoom('Designers')
    for (const person of [bob, cid]) await person.does('enter-room', { roomId })
    expect(await codeOf(bob.does('change-topic', { roomId, topic: 'mine' }))).toBe('not-allowed')
    stage.fanout.heard.length = 0
    const { seq } = await ann.does('set-member-role', { roomId, userId: bob.id, role: 'moderator' })
    expect(stage.fanout.heard).toContainEqual({ kind: 'standing', userId: bob.id, roomId })
    const events = await cid.catchesUp(roomId)
    const event = { type: 'role-changed', seq, userId: bob.id, role: 'moderator' }
    expect(events === 'reset' ? undefined : events.at(-1)).toMatchObject(event)
    expect(await ann.does('set-member-role', { roomId, userId: bob.id, role: 'moderator' })).toEqual({ seq })
    await bob.does('change-topic', { roomId, topic: 'ours' })
    expect(await codeOf(bob.does('set-member-role', { roomId, userId: cid.id, role: 'moderator' }))).toBe('not-allowed')
    expect(await codeOf(ann.does('set-member-role', { roomId, userId: ann.id, role: 'member' }))).toBe('not-allowed')
    const { members } = await cid.asks('list-members', { roomId })
    expect(members.map(({ role }) => role)).toEqual(['owner', 'moderator', 'guest'])
    await ann.does('set-member-role', { roomId, userId: bob.id, role: 'member' })
    expect(await codeOf(bob.does('remove-member', { roomId, userId: cid.id }))).toBe('not-allowed')
  })

  test('[O2] demoted in mid-flight: in one batch, what comes after the demotion is refused', async () => {
    const [ann, bob, cid] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Cid')]
    const roomId = await ann.createsRoom('Designers')
    for (const person of [bob, cid]) await person.does('enter-room', { roomId })
    await ann.does('set-member-role', { roomId, userId: bob.id, role: 'moderator' })
    const inTheRoom = { isKnownMember: true }
    const demotion = ann.does('set-member-role', { roomId, userId: bob.id, role: 'member' }, newId(), inTheRoom)
    const removal = codeOf(bob.does('remove-member', { roomId, userId: cid.id }, newId(), inTheRoom))
    await demotion
    expect(await removal).toBe('not-allowed')
  })

  test('[O2] leaving gives a moderator’s role up', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    const roomId = await ann.createsRoom('Designers')
    await bob.does('enter-room', { roomId })
    await ann.does('set-member-role', { roomId, userId: bob.id, role: 'moderator' })
    await bob.does('leave-room', { roomId })
    await bob.does('enter-room', { roomId })
    expect(await codeOf(bob.does('change-topic', { roomId, topic: 'mine' }))).toBe('not-allowed')
  })
})
