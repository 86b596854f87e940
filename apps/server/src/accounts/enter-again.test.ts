import { expect, test } from 'bun:test'
import { type CommandId, newId } from '@parley/protocol'
import { codeOf, onBothDatabases, type Person } from '../../../../tests/support/state.ts'
import { endSessionsOf } from '../storage/sessions.ts'
import { disable } from '../storage/users.ts'

let count = 0

onBothDatabases((stage) => {
  const askFor = (invitation?: string) => ({
    id: newId<CommandId>(),
    name: `Comes ${'bcdfghjklmnp'[count++]} back`,
    secret: 'a secret of sixteen characters or more',
    ...(invitation !== undefined && { invitation }),
  })

  async function privateRoom(): Promise<{ ann: Person; roomId: Awaited<ReturnType<Person['createsRoom']>> }> {
    const ann = await stage.person('Ann')
    return { ann, roomId: (await ann.does('create-room', { name: 'Council', kind: 'private' })).roomId }
  }

  test('[H1] the same ask again leads nobody back into a room that they were removed from', async () => {
    const { ann, roomId } = await privateRoom()
    const { token } = await ann.does('create-invitation', { roomId, maxUses: 1 })
    const ask = askFor(token)
    const first = await stage.accounts.enter(ask)
    expect(first.roomId).toBe(roomId)
    // While they are in, the repeat says again where the first one led.
    expect((await stage.accounts.enter(ask)).roomId).toBe(roomId)
    await ann.does('remove-member', { roomId, userId: first.user.id })
    const again = await stage.accounts.enter(ask)
    expect(again.user.id).toBe(first.user.id)
    expect(again.roomId).toBeUndefined()
    const guest = await stage.signedIn(again.token)
    expect(await codeOf(guest.asks('list-messages', { roomId, limit: 10 }))).toBe('room-not-found')
  })

  test('[H1] somebody disabled gets no session by it, and enters no room', async () => {
    const { ann, roomId } = await privateRoom()
    const { token } = await ann.does('create-invitation', { roomId })
    const ask = askFor(token)
    const { user } = await stage.accounts.enter(ask)
    await stage.db.write((writer) => writer.run(disable, { userId: user.id, at: stage.now }))
    expect(await codeOf(stage.accounts.enter(ask))).toBe('name-taken')
  })

  test('[H1] whoever was signed out everywhere is not signed in again by it', async () => {
    const ask = askFor()
    const { user } = await stage.accounts.enter(ask)
    await stage.db.write((writer) => endSessionsOf(writer, { userId: user.id, at: stage.now }))
    expect(await codeOf(stage.accounts.enter(ask))).toBe('name-taken')
  })
})
