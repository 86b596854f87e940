import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type CommandId, newId } from '@parley/protocol'
import { codeOf, onBothDatabases, PASSWORD, type Person } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  const removes = (person: Person, messages: 'keep' | 'erase') =>
    stage.accounts.deleteAccount(person.actor, { password: PASSWORD, messages })
  const receiptOf = async ({ id }: Person) => {
    await stage.forgetting.settled()
    const [row] = await stage.db.read((reader) => reader.lookup('erasures', ['subject'], [{ subject: id }]))
    return row
  }

  test('[U8] asks for the password where there is one', async () => {
    const [ann, guest] = [await stage.account('Ann'), await stage.person('Gast')]
    for (const ask of [{}, { password: '' }, { password: 'something else' }]) {
      const asked = stage.accounts.deleteAccount(ann.actor, { ...ask, messages: 'keep' })
      expect(await codeOf(asked)).toBe('wrong-password')
    }
    await removes(ann, 'keep')
    await stage.accounts.deleteAccount(guest.actor, { messages: 'keep' })
  })

  test('[U8] at once nobody can be this person, and the name is free', async () => {
    const ann = await stage.account('Anna Livia')
    const { handle, displayName } = ann.actor.user
    const { token } = await stage.accounts.signIn({ handle, password: PASSWORD })
    const phone = await stage.signedIn(token)
    stage.fanout.heard.length = 0
    await removes(ann, 'keep')
    expect(await stage.accounts.authenticate(token)).toBeUndefined()
    expect(await codeOf(stage.accounts.signIn({ handle, password: PASSWORD }))).toBe('wrong-credentials')
    const ended = stage.fanout.heard.flatMap((one) => (one.kind === 'session-ended' ? [one.sessionId] : []))
    expect(ended.sort()).toEqual([ann.actor.sessionId, phone.actor.sessionId].sort())
    const deleted = { ...ann.actor.user, handle: '', displayName: '', version: 2, isDeleted: true }
    expect(stage.fanout.heard).toContainEqual({ kind: 'profile', user: deleted })
    const bob = await stage.person('Bob')
    expect(await bob.asks('get-users', { ids: [ann.id] })).toEqual({ users: [deleted] })
    const again = await stage.accounts.register({ handle, name: displayName, password: PASSWORD })
    expect(again.user.id).not.toBe(ann.id)
    await stage.forgetting.settled()
  })

  test('[U8] kept messages stay in their places, without a name', async () => {
    const [ann, bob] = [await stage.account('Ann'), await stage.person('Bob')]
    const roomId = await bob.createsRoom('Bobs')
    await ann.does('enter-room', { roomId })
    await ann.posts(roomId, 'I was here')
    await removes(ann, 'keep')
    expect(await receiptOf(ann)).toMatchObject({
      kind: 'name',
      finished_at: expect.any(Number),
      messages: 0,
      members: 1,
    })
    const page = await bob.asks('list-messages', { roomId, limit: 10 })
    expect(page.messages.map(({ body }) => body)).toEqual(['I was here'])
    expect(page.users).toContainEqual(expect.objectContaining({ id: ann.id, displayName: '', isDeleted: true }))
    const events = await bob.catchesUp(roomId)
    expect(events.at(-1)).toMatchObject({ type: 'member-left', userId: ann.id })
  })

  test('[U8] erased messages and reactions are gone, also from rooms left long ago, as events that clients know', async () => {
    const [ann, bob] = [await stage.account('Ann'), await stage.person('Bob')]
    const [here, left] = [await bob.createsRoom('Here'), await bob.createsRoom('Left')]
    for (const roomId of [here, left]) await ann.does('enter-room', { roomId })
    for (let i = 0; i < 120; i++) await ann.posts(here, `canary-${i}`)
    const { messageId } = await bob.posts(here, 'from Bob')
    await ann.does('add-reaction', { roomId: here, messageId, emoji: '👍' })
    await bob.does('add-reaction', { roomId: here, messageId, emoji: '👍' })
    await ann.posts(left, 'canary-left')
    await ann.does('leave-room', { roomId: left })
    const { roomId: direct } = await ann.does('start-direct', { userId: bob.id })
    await ann.posts(direct, 'canary-direct')
    const head = (await bob.asks('list-messages', { roomId: here, limit: 1 })).seq
    await removes(ann, 'erase')
    const receipt = await receiptOf(ann)
    expect(receipt).toMatchObject({ kind: 'person', messages: 122, reactions: 1, finished_at: expect.any(Number) })
    expect(new Set(await bob.reads(here))).toEqual(new Set(['(deleted)', 'from Bob']))
    expect(await bob.reads(left)).toEqual(['(deleted)'])
    expect(await bob.reads(direct)).toEqual(['(deleted)'])
    const page = await bob.asks('list-messages', { roomId: here, limit: 5 })
    expect(page.messages.at(-1)?.reactions).toEqual([{ emoji: '👍', count: 1, people: [bob.id] }])
    const types = ((await bob.catchesUp(here, head)) as { type: string }[]).map(({ type }) => type)
    expect(types.filter((type) => type === 'message-deleted')).toHaveLength(120)
    expect(types.slice(-2)).toEqual(['reaction-removed', 'member-left'])
    if (stage.databaseName === 'sqlite') expect(canariesIn(stage.dataFolder, 'canary-')).toEqual([])
  }, 60_000)

  test('[U8] name, handle and e-mail address are overwritten where they lay', async () => {
    const ask = { handle: 'zxcanaryhandle', name: 'Zxcanaryname', email: 'zxcanary@example.org', password: PASSWORD }
    const person = await stage.signedIn((await stage.accounts.register(ask)).token)
    await removes(person, 'keep')
    expect(await receiptOf(person)).toMatchObject({ texts: 3 })
    if (stage.databaseName === 'sqlite') expect(canariesIn(stage.dataFolder, 'xcanary')).toEqual([])
    const [row] = await stage.db.read((reader) => reader.lookup('users', ['id'], [{ id: person.id }]))
    expect(row).toMatchObject({ email_text: null, role: null, last_room_id: null })
  })

  test('[U8] rooms pass to their longest member; empty ones to whoever enters next', async () => {
    const [ann, bob, carl] = [await stage.account('Ann'), await stage.person('Bob'), await stage.person('Carl')]
    const [shared, lonely] = [await ann.createsRoom('Shared'), await ann.createsRoom('Lonely')]
    for (const person of [bob, carl]) {
      stage.now += 1
      await person.does('enter-room', { roomId: shared })
    }
    await removes(ann, 'keep')
    await stage.forgetting.settled()
    expect((await bob.asks('get-room', { roomId: shared })).room.ownerId).toBe(bob.id)
    await carl.does('enter-room', { roomId: lonely })
    expect((await carl.asks('get-room', { roomId: lonely })).room.ownerId).toBe(carl.id)
  })

  test('[U8] invitations of a deleted person lead nowhere', async () => {
    const ann = await stage.account('Ann')
    const { token } = await ann.does('create-invitation', { roomId: await ann.createsRoom('Inviting') })
    await removes(ann, 'keep')
    expect(await codeOf(stage.accounts.describeInvitation(token))).toBe('invitation-invalid')
    await stage.forgetting.settled()
  })

  test('[U8] the ledger has a line before the commit, and a stopped job goes on at the next start', async () => {
    const [ann, bob] = [await stage.account('Ann'), await stage.person('Bob')]
    const roomId = await bob.createsRoom('Long')
    await ann.does('enter-room', { roomId })
    for (let i = 0; i < 130; i++) await ann.posts(roomId, `message ${i}`)
    await removes(ann, 'erase')
    await stage.restart()
    await stage.forgetting.settled()
    expect(await receiptOf(ann)).toMatchObject({ messages: 130, finished_at: expect.any(Number) })
    expect(new Set(await bob.reads(roomId))).toEqual(new Set(['(deleted)']))
    const ledger = readFileSync(join(stage.dataFolder, 'erased.jsonl'), 'utf8')
    expect(ledger).toContain(`{"kind":"person","id":"${ann.id}"`)
  }, 60_000)

  test('[U8] who entered a moment ago cannot come back by the same ask', async () => {
    const ask = { id: newId<CommandId>(), name: 'Flüchtig', secret: 'a secret of sixteen characters or more' }
    const guest = await stage.signedIn((await stage.accounts.enter(ask)).token)
    await stage.accounts.deleteAccount(guest.actor, { messages: 'keep' })
    expect((await stage.accounts.enter(ask)).user.id).not.toBe(guest.id)
    await stage.forgetting.settled()
  })
})

/** Files of the data folder that hold these bytes. */
function canariesIn(folder: string, canary: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(canary))
}
