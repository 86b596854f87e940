import { afterEach, describe, expect, test } from 'bun:test'
import { type CommandId, newId, type RoomId, type Settings } from '@parley/protocol'
import { codeOf, onBothDatabases, PASSWORD, type Person } from '../../../../tests/support/state.ts'
import { DEFAULT_SETTINGS, writeSettings } from '../storage/settings.ts'
import { setInstanceRole } from '../storage/users.ts'
import type { Email } from './email.ts'
import { admitNewcomer } from './sign-up-policy.ts'

let count = 0
const fresh = () => `${'bcdfghjkmnpqrstvwxz'[count % 19]}${'aeiou'[count % 5]}-policy-${count++}`

onBothDatabases((stage) => {
  const settle = (settings: Partial<Settings>) =>
    stage.db.write((writer) => writeSettings(writer, { ...DEFAULT_SETTINGS, ...settings }))
  afterEach(() => settle({}))

  const enter = (invitation?: string, name = fresh()) =>
    stage.accounts.enter({ id: newId<CommandId>(), name, secret: 'a secret of sixteen characters or more', invitation })
  const register = (ask: { invitation?: string; email?: string } = {}) => {
    const handle = fresh()
    return stage.accounts.register({ handle, name: handle, password: PASSWORD, ...ask })
  }
  const claim = async (guest: Person, ask: { invitation?: string; email?: string } = {}) =>
    stage.accounts.claimAccount(guest.actor, { password: PASSWORD, ...ask })
  const byProvider = (ask: { email?: Email & { isVerified: boolean }; invitation?: string } = {}) =>
    stage.db.write((writer) => admitNewcomer(writer, { door: 'provider', ...ask }, stage.now))

  async function owner(): Promise<Person> {
    const person = await stage.account('Olga')
    await stage.db.write((writer) => writer.run(setInstanceRole, { userId: person.id, role: 'owner' }))
    const { handle } = person.actor.user
    return stage.signedIn((await stage.accounts.signIn({ handle, password: PASSWORD })).token)
  }
  const link = async (maker: Person, ask: { roomId?: RoomId; maxUses?: number; expiresInHours?: number } = {}) =>
    (await maker.does('create-invitation', ask)).token

  describe('by default', () => {
    test('[U4] everybody may come in by every door', async () => {
      const guest = await stage.signedIn((await enter()).token)
      expect((await claim(guest)).user.kind).toBe('account')
      expect((await register()).user.kind).toBe('account')
      expect(await byProvider()).toEqual({})
    })
  })

  describe('without guests', () => {
    test('[U4] enter is guests-refused, also with an invitation, and accounts are made as before', async () => {
      const invitation = await link(await owner())
      await settle({ guests: false })
      expect(await codeOf(enter())).toBe('guests-refused')
      expect(await codeOf(enter(invitation))).toBe('guests-refused')
      expect((await register()).user.kind).toBe('account')
    })

    test('[H1] but whoever entered a moment ago comes back by the same ask', async () => {
      const ask = { id: newId<CommandId>(), name: fresh(), secret: 'a secret of sixteen characters or more' }
      const first = await stage.accounts.enter(ask)
      await settle({ guests: false })
      expect((await stage.accounts.enter(ask)).user).toEqual(first.user)
    })
  })

  describe('by provider only', () => {
    test('[U4] register and claim-account are sign-up-closed', async () => {
      const guest = await stage.person('Gustav')
      await settle({ signUp: 'provider' })
      expect(await codeOf(register())).toBe('sign-up-closed')
      expect(await codeOf(claim(guest))).toBe('sign-up-closed')
      expect(await byProvider()).toEqual({})
      expect((await enter()).user.kind).toBe('guest')
    })
  })

  describe('by invitation', () => {
    test('[U4] every door is invitation-needed without one, and open with one', async () => {
      const invitation = await link(await owner())
      const guest = await stage.person('Gerda')
      await settle({ signUp: 'invitation' })
      for (const door of [enter, register, () => claim(guest), byProvider]) {
        expect(await codeOf(door())).toBe('invitation-needed')
      }
      expect((await enter(invitation)).user.kind).toBe('guest')
      expect((await register({ invitation })).user.kind).toBe('account')
      expect((await claim(guest, { invitation })).user.kind).toBe('account')
      expect(await byProvider({ invitation })).toEqual({})
    })

    test('[U4] a link into a room counts for newcomers only if its maker may invite to the server', async () => {
      const [boss, member] = [await owner(), await stage.account('Max')]
      const [bossRoom, memberRoom] = [await boss.createsRoom('Boss'), await member.createsRoom('Member')]
      const [good, bad] = [await link(boss, { roomId: bossRoom }), await link(member, { roomId: memberRoom })]
      await settle({ signUp: 'invitation' })
      expect(await codeOf(register({ invitation: bad }))).toBe('invitation-needed')
      expect(await codeOf(enter(bad))).toBe('invitation-needed')
      expect(await register({ invitation: good })).toMatchObject({ roomId: bossRoom })
      await stage.db.write((writer) => writer.run(setInstanceRole, { userId: boss.id, role: null }))
      expect(await codeOf(register({ invitation: good }))).toBe('invitation-needed')
      await settle({})
      expect(await register({ invitation: bad })).toMatchObject({ roomId: memberRoom })
    })

    test('[U4] what is over, revoked, used up or made up is invitation-invalid, whatever the settings', async () => {
      const boss = await owner()
      const used = await link(boss, { maxUses: 1 })
      await enter(used)
      const over = await link(boss, { expiresInHours: 1 })
      stage.now += 60 * 60_000
      const revoked = await boss.does('create-invitation', {})
      await boss.does('revoke-invitation', { invitationId: revoked.invitationId })
      const gone = await boss.createsRoom('Gone')
      const intoGone = await link(boss, { roomId: gone })
      await boss.does('close-room', { roomId: gone })
      for (const invitation of [used, over, revoked.token, intoGone, 'made up', '']) {
        for (const signUp of ['open', 'invitation'] as const) {
          await settle({ signUp })
          expect([invitation, await codeOf(enter(invitation))]).toEqual([invitation, 'invitation-invalid'])
          expect([invitation, await codeOf(register({ invitation }))]).toEqual([invitation, 'invitation-invalid'])
        }
        const described = stage.accounts.describeInvitation(invitation)
        expect([invitation, await codeOf(described)]).toEqual([invitation, 'invitation-invalid'])
      }
    })

    test('[U4] a refused name takes no use, and of 12 who want 3 uses at once 3 get in', async () => {
      const boss = await owner()
      await settle({ signUp: 'invitation' })
      const invitation = await link(boss, { maxUses: 3 })
      expect(await codeOf(enter(invitation, boss.actor.user.displayName))).toBe('name-taken')
      const results = await Promise.allSettled(Array.from({ length: 12 }, () => enter(invitation)))
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    })
  })

  describe('with e-mail domains', () => {
    test('[U4] accounts need an address of one of them, verified where somebody can', async () => {
      const guest = await stage.person('Gabi')
      await settle({ emailDomains: ['example.org', 'xn--bcher-kva.example'] })
      const wrong = [undefined, 'a@example.com', 'a@sub.example.org', 'a@example.org.evil.test', 'a@notexample.org']
      for (const email of wrong) {
        const ask = email === undefined ? {} : { email }
        expect([email, await codeOf(register(ask))]).toEqual([email, 'email-domain-refused'])
        expect([email, await codeOf(claim(guest, ask))]).toEqual([email, 'email-domain-refused'])
      }
      expect((await register({ email: 'a@Example.ORG' })).user.kind).toBe('account')
      expect((await register({ email: 'a@bücher.example' })).user.kind).toBe('account')
      expect((await claim(guest, { email: 'b@example.org' })).user.kind).toBe('account')
      const email = { address: 'a@example.org', domain: 'example.org' }
      expect(await codeOf(byProvider())).toBe('email-domain-refused')
      expect(await codeOf(byProvider({ email: { ...email, isVerified: false } }))).toBe('email-domain-refused')
      expect(await byProvider({ email: { ...email, isVerified: true } })).toEqual({})
      expect((await enter()).user.kind).toBe('guest')
    })
  })

  describe('invitations into rooms', () => {
    test('[V4] describe-invitation says who invites where, to whoever has the link', async () => {
      const ann = await stage.account('Ann')
      const { roomId } = await ann.does('create-room', { name: `Den ${fresh()}`, kind: 'private' })
      const described = await stage.accounts.describeInvitation(await link(ann, { roomId }))
      expect(described).toEqual({ invitedBy: ann.actor.user, room: { roomId, name: expect.stringContaining('Den') } })
      expect(await stage.accounts.describeInvitation(await link(await owner()))).not.toHaveProperty('room')
    })

    test('[V4] who comes in by one is a member at once, also of a private room, and comes back there', async () => {
      const ann = await stage.account('Ann')
      const { roomId } = await ann.does('create-room', { name: `Den ${fresh()}`, kind: 'private' })
      await ann.posts(roomId, 'come in')
      const invitation = await link(ann, { roomId, maxUses: 2 })
      const ask = {
        id: newId<CommandId>(),
        name: fresh(),
        secret: 'a secret of sixteen characters or more',
        invitation,
      }
      const entered = await stage.accounts.enter(ask)
      expect(entered.roomId).toBe(roomId)
      const guest = await stage.signedIn(entered.token)
      expect(await guest.reads(roomId)).toEqual(['come in'])
      expect((await stage.state.welcome(guest.actor)).lastRoomId).toBe(roomId)
      // A repeat takes no second use and leads to the same place.
      expect(await stage.accounts.enter(ask)).toMatchObject({ user: entered.user, roomId })
      expect(await register({ invitation })).toMatchObject({ roomId })
      expect(await codeOf(register({ invitation }))).toBe('invitation-invalid')
    })

    test('[V4] accept-invitation lets those inside into the room; members take no use', async () => {
      const [ann, bob, carl] = [await stage.account('Ann'), await stage.person('Bob'), await stage.person('Carl')]
      const { roomId } = await ann.does('create-room', { name: `Den ${fresh()}`, kind: 'private' })
      const invitation = await link(ann, { roomId, maxUses: 1 })
      expect(await stage.accounts.acceptInvitation(ann.actor, invitation)).toEqual({ roomId })
      expect(await stage.accounts.acceptInvitation(bob.actor, invitation)).toEqual({ roomId })
      expect(await bob.reads(roomId)).toEqual([])
      // The last use was his own, so that opening the link again is no mistake.
      expect(await stage.accounts.acceptInvitation(bob.actor, invitation)).toEqual({ roomId })
      expect(await codeOf(stage.accounts.acceptInvitation(carl.actor, invitation))).toBe('invitation-invalid')
      expect(await stage.accounts.acceptInvitation(carl.actor, await link(await owner()))).toEqual({})
    })

    test('[V4] to whoever is banned, the link is invalid', async () => {
      const [ann, bob] = [await stage.account('Ann'), await stage.person('Bob')]
      const { roomId } = await ann.does('create-room', { name: `Den ${fresh()}`, kind: 'private' })
      const invitation = await link(ann, { roomId })
      await stage.accounts.acceptInvitation(bob.actor, invitation)
      await ann.does('ban-member', { roomId, userId: bob.id })
      expect(await codeOf(stage.accounts.acceptInvitation(bob.actor, invitation))).toBe('invitation-invalid')
    })
  })
})
