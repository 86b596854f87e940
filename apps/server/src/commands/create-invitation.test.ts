import { expect, test } from 'bun:test'
import { type CommandId, type InvitationId, newId, type RoomId, type UserId } from '@parley/protocol'
import { codeOf, onBothDatabases, type Person, type Stage } from '../../../../tests/support/state.ts'
import { findInvitation, useInvitation } from '../storage/invitations.ts'
import { statement } from '../storage/statement.ts'
import { digestOf } from '../storage/token-digest.ts'

const HOUR_MS = 60 * 60_000

const promote = statement<{ id: UserId; role: 'owner' | 'administrator' | null }>(({ db, params }) =>
  db.updateTable('users').set({ role: params.role }).where('id', '=', params.id),
)
const disable = statement<{ id: UserId }>(({ db, params }) =>
  db.updateTable('users').set({ disabled_at: 1 }).where('id', '=', params.id),
)

const use = (stage: Stage, token: string) =>
  stage.db.write((writer) => useInvitation(writer, digestOf(token), stage.now))

onBothDatabases((stage) => {
  const openOf = async (me: Person, roomId?: RoomId) =>
    (await me.asks('list-invitations', roomId ? { roomId } : {})).invitations

  /** As the administrator of the server that they are from now on. */
  async function administrator(name: string): Promise<Person> {
    const me = await stage.person(name)
    await stage.db.write((writer) => writer.run(promote, { id: me.id, role: 'administrator' }))
    return me.as({ ...me.actor, user: { ...me.actor.user, role: 'administrator' } })
  }

  test('[V5] create-invitation: for owner and moderators of a room, told once, kept as a digest', async () => {
    const [ann, bob, eve] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Eve')]
    const { roomId } = await ann.does('create-room', { name: 'Council', kind: 'private' })
    await ann.does('add-member', { roomId, userId: bob.id })
    expect(await codeOf(bob.does('create-invitation', { roomId }))).toBe('not-allowed')
    expect(await codeOf(bob.asks('list-invitations', { roomId }))).toBe('not-allowed')
    await ann.does('set-member-role', { roomId, userId: bob.id, role: 'moderator' })
    const made = await bob.does('create-invitation', { roomId, expiresInHours: 2, maxUses: 3 })
    expect(made.token).toMatch(/^[\w-]{32}$/)
    expect(await codeOf(eve.does('create-invitation', { roomId }))).toBe('room-not-found')
    expect(await codeOf(eve.does('create-invitation', {}))).toBe('not-allowed')

    const { invitationId } = await ann.does('create-invitation', { roomId })
    const open = await openOf(ann, roomId)
    expect(open).toEqual([
      { id: invitationId, roomId, createdBy: ann.actor.user, createdAt: stage.now, uses: 0 },
      {
        id: made.invitationId,
        roomId,
        createdBy: bob.actor.user,
        createdAt: stage.now,
        expiresAt: stage.now + 2 * HOUR_MS,
        uses: 0,
        maxUses: 3,
      },
    ])
    expect(JSON.stringify(open)).not.toContain(made.token)
    const rows = await stage.db.read((reader) => reader.lookup('invitations', ['room_id'], [{ room_id: roomId }]))
    expect(rows).toHaveLength(2)
    expect(JSON.stringify(rows)).not.toContain(made.token)
  })

  test('[V5] the same command again gives the same link; somebody else gets another by the same id', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Repeats')
    const id = newId<CommandId>()
    const first = await ann.does('create-invitation', { roomId }, id)
    expect(await ann.does('create-invitation', { roomId }, id)).toEqual(first)
    expect(await openOf(ann, roomId)).toHaveLength(1)
    const other = await ann.createsRoom('Other')
    expect(await codeOf(ann.does('create-invitation', { roomId: other }, id))).toBe('command-id-reused')
    const bob = await stage.person('Bob')
    const theirs = await bob.does('create-invitation', { roomId: await bob.createsRoom('Theirs') }, id)
    expect(theirs.token).not.toBe(first.token)
  })

  test('[V5] a link ends by time, by uses, by revoking, with its room, and with who made it', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Ends')
    const link = (how: object = {}) => ann.does('create-invitation', { roomId, ...how })

    const timed = await link({ expiresInHours: 1 })
    stage.now += HOUR_MS - 1
    expect(await use(stage, timed.token)).toMatchObject({ id: timed.invitationId, room_id: roomId, uses: 1 })
    stage.now += 1
    expect(await use(stage, timed.token)).toBeUndefined()

    const counted = await link({ maxUses: 2 })
    const outcomes = await Promise.all(Array.from({ length: 5 }, () => use(stage, counted.token)))
    expect(outcomes.filter((outcome) => outcome !== undefined)).toHaveLength(2)

    const revoked = await link()
    await ann.does('revoke-invitation', { invitationId: revoked.invitationId })
    await ann.does('revoke-invitation', { invitationId: revoked.invitationId })
    expect(await use(stage, revoked.token)).toBeUndefined()

    const last = await link()
    expect((await openOf(ann, roomId)).map(({ id }) => id)).toEqual([last.invitationId])
    expect(await use(stage, `${last.token}x`)).toBeUndefined()
    await ann.does('close-room', { roomId })
    expect(await use(stage, last.token)).toBeUndefined()
    expect(await stage.db.read((reader) => findInvitation(reader, digestOf(last.token), stage.now))).toBeUndefined()

    const eve = await stage.person('Eve')
    const { token } = await eve.does('create-invitation', { roomId: await eve.createsRoom('Theirs') })
    await stage.db.write((writer) => writer.run(disable, { id: eve.id }))
    expect(await use(stage, token)).toBeUndefined()
  })

  test('[V5] a link ends when its maker may not invite any more: removed, demoted, or no administrator', async () => {
    const [ann, bob, eve] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Eve')]
    const { roomId } = await ann.does('create-room', { name: 'Cabinet', kind: 'private' })
    const links: string[] = []
    for (const moderator of [bob, eve]) {
      await ann.does('add-member', { roomId, userId: moderator.id })
      await ann.does('set-member-role', { roomId, userId: moderator.id, role: 'moderator' })
      links.push((await moderator.does('create-invitation', { roomId })).token)
    }
    const isOpen = async (token: string) =>
      (await stage.db.read((reader) => findInvitation(reader, digestOf(token), stage.now))) !== undefined
    const own = (await ann.does('create-invitation', { roomId })).token
    expect(await Promise.all([...links, own].map(isOpen))).toEqual([true, true, true])
    await ann.does('remove-member', { roomId, userId: bob.id })
    await ann.does('set-member-role', { roomId, userId: eve.id, role: 'member' })
    expect(await Promise.all([...links, own].map(isOpen))).toEqual([false, false, true])
    await ann.does('leave-room', { roomId })
    expect(await isOpen(own)).toBe(true)

    const olga = await administrator('Olga')
    const { token } = await olga.does('create-invitation', {})
    expect(await isOpen(token)).toBe(true)
    await stage.db.write((writer) => writer.run(promote, { id: olga.id, role: null }))
    expect(await isOpen(token)).toBe(false)
  })

  test('[V5] a room and the server have at most 100 open links', async () => {
    const ann = await stage.person('Ann')
    const roomId = await ann.createsRoom('Many')
    const made = await Promise.all(Array.from({ length: 100 }, () => ann.does('create-invitation', { roomId })))
    expect(await codeOf(ann.does('create-invitation', { roomId }))).toBe('too-many-invitations')
    expect(await openOf(ann, roomId)).toHaveLength(100)
    await ann.does('revoke-invitation', { invitationId: made[7]?.invitationId ?? newId<InvitationId>() })
    await ann.does('create-invitation', { roomId })
  })

  test('[V5] links to the server are for owners and administrators, who are so under the lock', async () => {
    const ann = await administrator('Ann')
    const made = await ann.does('create-invitation', { maxUses: 1 })
    expect(await openOf(ann)).toMatchObject([{ id: made.invitationId, maxUses: 1 }])
    expect(await use(stage, made.token)).toMatchObject({ room_id: null, created_by: ann.id })
    const second = await ann.does('create-invitation', {})
    await stage.db.write((writer) => writer.run(promote, { id: ann.id, role: null }))
    expect(await codeOf(ann.does('create-invitation', {}))).toBe('not-allowed')
    expect(await codeOf(ann.does('revoke-invitation', { invitationId: second.invitationId }))).toBe('not-allowed')
  })

  test('[V5] revoke-invitation: foreign and missing links are answered alike', async () => {
    const [ann, eve, admin] = [await stage.person('Ann'), await stage.person('Eve'), await administrator('Bob')]
    const roomId = await ann.createsRoom('Mine')
    const mine = await ann.does('create-invitation', { roomId })
    const servers = await admin.does('create-invitation', {})
    for (const invitationId of [mine.invitationId, servers.invitationId, newId<InvitationId>()]) {
      expect(await codeOf(eve.does('revoke-invitation', { invitationId }))).toBe('not-allowed')
    }
    expect(await codeOf(admin.does('revoke-invitation', { invitationId: mine.invitationId }))).toBe('not-allowed')
    await admin.does('revoke-invitation', { invitationId: servers.invitationId })
    expect(await openOf(ann, roomId)).toHaveLength(1)
  })

  test('[V5] an invitation leads into a private room; the banned get what everybody gets whose link does not hold', async () => {
    const [ann, bob, eve] = [await stage.person('Ann'), await stage.person('Bob'), await stage.person('Eve')]
    const { roomId } = await ann.does('create-room', { name: 'Council', kind: 'private' })
    const { token } = await ann.does('create-invitation', { roomId, maxUses: 1 })
    await ann.does('ban-member', { roomId, userId: eve.id })
    expect(await codeOf(stage.accounts.acceptInvitation(eve.actor, token))).toBe('invitation-invalid')
    expect(await codeOf(stage.accounts.acceptInvitation(eve.actor, 'no such link'))).toBe('invitation-invalid')
    expect(await stage.accounts.acceptInvitation(bob.actor, token)).toEqual({ roomId })
    // It was the last use; a member needs none.
    expect(await openOf(ann, roomId)).toEqual([])
    expect(await bob.asks('list-my-rooms', {})).toMatchObject({ lastRoomId: roomId, rooms: [{ room: { id: roomId } }] })
    await ann.does('unban-member', { roomId, userId: eve.id })
    expect(await codeOf(stage.accounts.acceptInvitation(eve.actor, token))).toBe('invitation-invalid')
  })
})
