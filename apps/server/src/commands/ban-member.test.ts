import { expect, test } from 'bun:test'
import { type CommandId, newId, type UserId } from '@parley/protocol'
import { codeOf, onBothDatabases, refusalOf } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[O4] ban-member removes a member and keeps them out until it ends', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    const roomId = await ann.createsRoom('Designers')
    await bob.does('enter-room', { roomId })
    const until = stage.now + 60_000
    await ann.does('ban-member', { roomId, userId: bob.id, until })
    expect(await codeOf(bob.posts(roomId, 'hello?'))).toBe('not-a-member')
    expect(await refusalOf(bob.does('enter-room', { roomId }))).toMatchObject({ code: 'banned', details: { until } })
    stage.now = until - 1
    expect(await codeOf(bob.does('enter-room', { roomId }))).toBe('banned')
    stage.now = until
    expect((await ann.asks('list-bans', { roomId })).bans).toEqual([])
    await bob.does('enter-room', { roomId })
    expect((await stage.state.welcome(bob.actor)).lastRoomId).toBe(roomId)
  })

  test('[O4] people who never came are banned too; unban-member and list-bans', async () => {
    const people = await Promise.all(['Ann', 'Bob', 'Cid', 'Dee'].map((name) => stage.person(name)))
    const [ann, bob, cid, dee] = people
    if (!ann || !bob || !cid || !dee) throw new Error('nobody came')
    const roomId = await ann.createsRoom('Designers')
    await dee.does('enter-room', { roomId })
    await ann.does('ban-member', { roomId, userId: bob.id })
    const at = stage.now
    stage.now += 1_000
    await ann.does('ban-member', { roomId, userId: cid.id, until: stage.now + 5_000 })
    const until = stage.now + 9_000
    await ann.does('ban-member', { roomId, userId: cid.id, until })
    expect((await ann.asks('list-bans', { roomId })).bans).toMatchObject([
      { user: { id: cid.id }, at: stage.now, until },
      { user: { id: bob.id }, at },
    ])
    expect(await refusalOf(bob.does('enter-room', { roomId }))).toMatchObject({ code: 'banned', details: {} })
    expect(await codeOf(dee.asks('list-bans', { roomId }))).toBe('not-allowed')
    expect(await codeOf(bob.asks('list-bans', { roomId }))).toBe('not-a-member')
    expect(await codeOf(dee.does('unban-member', { roomId, userId: bob.id }))).toBe('not-allowed')
    await ann.does('unban-member', { roomId, userId: bob.id })
    await ann.does('unban-member', { roomId, userId: bob.id })
    await bob.does('enter-room', { roomId })
    expect(await codeOf(ann.does('unban-member', { roomId, userId: newId<UserId>() }))).toBe('person-not-found')
  })

  test('[O2] nobody bans their equals or betters, also when those have left', async () => {
    const [ann, mod, bob] = [await stage.person('Ann'), await stage.person('Mod'), await stage.person('Bob')]
    const roomId = await ann.createsRoom('Designers')
    for (const person of [mod, bob]) await person.does('enter-room', { roomId })
    for (const { id } of [mod, bob]) await ann.does('set-member-role', { roomId, userId: id, role: 'moderator' })
    expect(await codeOf(mod.does('ban-member', { roomId, userId: bob.id }))).toBe('not-allowed')
    await ann.does('leave-room', { roomId })
    expect(await codeOf(mod.does('ban-member', { roomId, userId: ann.id }))).toBe('not-allowed')
    expect(await codeOf(mod.does('ban-member', { roomId, userId: mod.id }))).toBe('not-allowed')
    await ann.does('ban-member', { roomId, userId: mod.id })
  })

  test('[A6] a ban that comes twice does not remove who was let in again, and goes with the room', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    const roomId = await ann.createsRoom('Designers')
    await bob.does('enter-room', { roomId })
    const id = newId<CommandId>()
    await ann.does('ban-member', { roomId, userId: bob.id }, id)
    await ann.does('unban-member', { roomId, userId: bob.id })
    await bob.does('enter-room', { roomId })
    await ann.does('ban-member', { roomId, userId: bob.id }, id)
    await bob.posts(roomId, 'let in again')
    await ann.does('mute-member', { roomId, userId: bob.id })
    await ann.does('ban-member', { roomId, userId: bob.id })
    await ann.does('close-room', { roomId })
    await stage.eraser.settled()
    for (const table of ['bans', 'absences', 'invitations'] as const) {
      const left = await stage.db.read((reader) =>
        reader.lookup(table, ['room_id'] as never, [{ room_id: roomId }] as never),
      )
      expect(left).toEqual([])
    }
  })
})
