import { expect, test } from 'bun:test'
import { codeOf, onBothDatabases, refusalOf } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[V7] change-name changes what others see; the handle stays; everybody is told', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    const { handle, version } = ann.actor.user
    const [row] = await stage.db.read((reader) => reader.lookup('users', ['id'], [{ id: ann.id }]))
    stage.fanout.heard.length = 0
    const { user } = await ann.does('change-name', { name: '  Änne   Überall ' })
    expect(user).toMatchObject({ id: ann.id, displayName: 'Änne Überall', handle, version: version + 1 })
    expect(stage.fanout.heard).toEqual([{ kind: 'profile', user }])
    expect((await bob.asks('get-users', { ids: [ann.id] })).users).toEqual([user])
    expect((await stage.state.welcome(ann.actor)).user).toEqual(user)

    // The old name is erased; the same name again changes nothing.
    const [old] = await stage.db.read((reader) => reader.lookup('texts', ['id'], [{ id: row?.name_text ?? 0 }]))
    expect((old?.body ?? '').replaceAll('\0', '')).toBe('')
    expect((await ann.does('change-name', { name: 'Änne Überall' })).user.version).toBe(version + 1)
  })

  test('[A7] a new name is checked as at entry: empty, too long, taken, confusable', async () => {
    const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
    expect(await codeOf(ann.does('change-name', { name: ' \u200b ' }))).toBe('name-empty')
    expect(await codeOf(ann.does('change-name', { name: 'x'.repeat(33) }))).toBe('name-too-long')
    const { displayName } = bob.actor.user
    const taken = await refusalOf(ann.does('change-name', { name: displayName.toUpperCase() }))
    expect(taken.code).toBe('name-taken')
    expect(taken.details?.suggestion).toStartWith('BOB')
    const alike = displayName.replace('o', 'о') // Cyrillic
    expect(await codeOf(ann.does('change-name', { name: alike }))).toBe('name-confusable')
    expect((await ann.asks('get-users', { ids: [ann.id] })).users[0]?.displayName).toBe(ann.actor.user.displayName)
    await ann.does('change-name', { name: ann.actor.user.displayName.toUpperCase() })
  })

  test('[A7] the old name is free for others, the handle never; a refused change takes nothing', async () => {
    const [ann, bob, eve] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Eve')]
    await ann.does('change-name', { name: 'Queen of Hearts' })
    await ann.does('change-name', { name: 'King of Spades' })
    await bob.does('change-name', { name: 'Queen of Hearts' })
    expect(await codeOf(eve.does('change-name', { name: 'King of Spades' }))).toBe('name-taken')
    // What Ann entered with is still her handle.
    expect(await codeOf(eve.does('change-name', { name: ann.actor.user.displayName }))).toBe('name-taken')
    // And she may always have it back.
    await ann.does('change-name', { name: ann.actor.user.displayName })
    await eve.does('change-name', { name: 'King of Spades' })
  })

  test('[A7] of two who want a name at the same moment, one gets it', async () => {
    for (let round = 0; round < 10; round++) {
      const people = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Eve')]
      const outcomes = await Promise.allSettled(people.map((me) => me.does('change-name', { name: `Wanted ${round}` })))
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    }
  })

  test('[G2] what is done after a change is signed with the new name', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Signed')
    await ann.does('change-name', { name: 'Renata' })
    await ann.posts(roomId, 'hello')
    const page = await ann.asks('list-messages', { roomId })
    expect(page.users).toMatchObject([{ id: ann.id, displayName: 'Renata' }])
  })
})
