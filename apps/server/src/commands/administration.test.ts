import { beforeAll, describe, expect, test } from 'bun:test'
import { codeOf, onBothDatabases, PASSWORD, type Person } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  let owner: Person
  let admin: Person
  beforeAll(async () => {
    owner = await stage.account('Olga')
    await stage.accounts.becomeOwner(owner.actor, stage.setUpToken ?? '')
    admin = await stage.account('Ada')
    await owner.does('set-person-role', { userId: admin.id, role: 'administrator' })
    admin = await again(admin)
  }, 30_000)

  const signIn = async ({ actor }: Person) => stage.accounts.signIn({ handle: actor.user.handle, password: PASSWORD })
  const again = async (person: Person) => stage.signedIn((await signIn(person)).token)
  const ended = () => stage.fanout.heard.flatMap((one) => (one.kind === 'session-ended' ? [one.sessionId] : []))

  describe('set-person-role', () => {
    test('[U9] is for owners, about accounts, and never leaves the server without an owner', async () => {
      const [guest, member] = [await stage.person('Guido'), await stage.account('Mia')]
      expect(await codeOf(admin.does('set-person-role', { userId: member.id, role: 'administrator' }))).toBe(
        'not-allowed',
      )
      expect(await codeOf(member.does('set-person-role', { userId: member.id, role: 'owner' }))).toBe('not-allowed')
      expect(await codeOf(owner.does('set-person-role', { userId: guest.id, role: 'administrator' }))).toBe(
        'account-needed',
      )
      expect(await codeOf(owner.does('set-person-role', { userId: owner.id, role: 'member' }))).toBe('last-owner')
      const nobody = owner.id.replace(/.{6}$/, 'ffffff') as Person['id'] // as: an id that nobody has
      expect(await codeOf(owner.does('set-person-role', { userId: nobody, role: 'member' }))).toBe('person-not-found')
      expect(await codeOf(stage.accounts.deleteAccount(owner.actor, { password: PASSWORD, messages: 'keep' }))).toBe(
        'last-owner',
      )
    })

    test('[U9] a higher role tells everybody; a lower one ends the sessions, and what was open with it counts no more', async () => {
      const mia = await stage.account('Mia')
      stage.fanout.heard.length = 0
      await owner.does('set-person-role', { userId: mia.id, role: 'administrator' })
      const user = { ...mia.actor.user, role: 'administrator', version: 2 }
      expect(stage.fanout.heard).toEqual([{ kind: 'profile', user: user as typeof mia.actor.user }])
      // The role counts as it is, whatever it was when the session was opened.
      expect(await mia.asks('get-settings', {})).toBeDefined()
      await mia.does('change-settings', {})
      await owner.does('set-person-role', { userId: mia.id, role: 'member' })
      expect(ended()).toEqual([mia.actor.sessionId])
      expect(await codeOf(mia.asks('get-settings', {}))).toBe('not-allowed')
      expect(await codeOf(mia.does('change-settings', {}))).toBe('not-allowed')
    })

    test('[U9] of two owners who demote each other at once, one stays', async () => {
      const other = await stage.account('Otto')
      await owner.does('set-person-role', { userId: other.id, role: 'owner' })
      const results = await Promise.allSettled([
        owner.does('set-person-role', { userId: other.id, role: 'member' }),
        stage.accounts.deleteAccount(other.actor, { password: PASSWORD, messages: 'keep' }),
        other.does('set-person-role', { userId: owner.id, role: 'member' }),
      ])
      expect(results.some(({ status }) => status === 'fulfilled')).toBe(true)
      expect((await stage.accounts.describeInstance()).needsOwner).toBe(false)
      await stage.forgetting.settled()
      // For the tests that follow there is one who is known to be.
      const present = (await stage.state.welcome(owner.actor)).user
      if (present.role !== 'owner') {
        const rest = await again(other)
        await rest.does('set-person-role', { userId: owner.id, role: 'owner' })
      }
      owner = await again(owner)
    })
  })

  describe('disable-person, enable-person, sign-out-person', () => {
    test('[U9] disable-person ends all sessions and lets nobody in until enable-person', async () => {
      const mia = await stage.account('Mia')
      const { token } = await signIn(mia)
      const phone = await stage.signedIn(token)
      stage.fanout.heard.length = 0
      await admin.does('disable-person', { userId: mia.id })
      expect(ended().sort()).toEqual([mia.actor.sessionId, phone.actor.sessionId].sort())
      expect(await stage.accounts.authenticate(token)).toBeUndefined()
      expect(await codeOf(signIn(mia))).toBe('wrong-credentials')
      await admin.does('disable-person', { userId: mia.id })
      await admin.does('enable-person', { userId: mia.id })
      expect((await signIn(mia)).user.id).toBe(mia.id)
    })

    test('[U9] sign-out-person ends all sessions and no more', async () => {
      const mia = await stage.account('Mia')
      stage.fanout.heard.length = 0
      await admin.does('sign-out-person', { userId: mia.id })
      expect(ended()).toEqual([mia.actor.sessionId])
      expect((await signIn(mia)).user.id).toBe(mia.id)
    })

    test('[U9] nobody manages their equals or betters, nor themselves, and members manage nobody', async () => {
      const [mia, rival] = [await stage.account('Mia'), await stage.account('Rita')]
      await owner.does('set-person-role', { userId: rival.id, role: 'administrator' })
      for (const name of ['disable-person', 'enable-person', 'sign-out-person'] as const) {
        for (const userId of [owner.id, rival.id, admin.id]) {
          expect(await codeOf(admin.does(name, { userId }))).toBe('not-allowed')
        }
        expect(await codeOf(mia.does(name, { userId: rival.id }))).toBe('not-allowed')
        expect(await codeOf(owner.does(name, { userId: owner.id }))).toBe('not-allowed')
      }
    })

    test('[U9] of a sign-in and a disabling at once no session is left', async () => {
      const mia = await stage.account('Mia')
      const [entered] = await Promise.allSettled([signIn(mia), admin.does('disable-person', { userId: mia.id })])
      if (entered.status === 'fulfilled') expect(await stage.accounts.authenticate(entered.value.token)).toBeUndefined()
      expect(await stage.db.read((reader) => reader.lookup('sessions', ['user_id'], [{ user_id: mia.id }]))).toEqual([])
    })
  })

  describe('change-settings and get-settings', () => {
    test('[U4] what is absent stays; administrators alone', async () => {
      const mia = await stage.account('Mia')
      expect(await admin.asks('get-settings', {})).toEqual({ signUp: 'open', guests: true, emailDomains: [] })
      await admin.does('change-settings', { guests: false })
      const changed = await owner.does('change-settings', {
        signUp: 'invitation',
        emailDomains: ['example.org', 'example.org'],
      })
      expect(changed).toEqual({ signUp: 'invitation', guests: false, emailDomains: ['example.org'] })
      expect(await admin.asks('get-settings', {})).toEqual(changed)
      expect(await stage.accounts.describeInstance()).toEqual({ ...changed, needsOwner: false })
      for (const emailDomains of [['EXAMPLE.org'], ['example'], ['*.org'], ['a b.org']]) {
        expect(await codeOf(owner.does('change-settings', { emailDomains }))).toBe('invalid-input')
      }
      expect(await codeOf(mia.does('change-settings', { guests: true }))).toBe('not-allowed')
      expect(await codeOf(mia.asks('get-settings', {}))).toBe('not-allowed')
      await owner.does('change-settings', { signUp: 'open', guests: true, emailDomains: [] })
    })
  })

  describe('list-people and list-all-rooms', () => {
    test('[U9] list-people: everybody, page by page, found by name or handle', async () => {
      const mia = await stage.account('Quirina')
      await admin.does('disable-person', { userId: mia.id })
      const seen = []
      let after: string | undefined
      do {
        const page = await admin.asks('list-people', { limit: 3, ...(after !== undefined && { after }) })
        seen.push(...page.people.map(({ user }) => user.id))
        expect(page.total).toBeGreaterThan(3)
        after = page.next
      } while (after !== undefined)
      expect(new Set(seen).size).toBe(seen.length)
      expect(seen).toContain(mia.id)
      const { people, total } = await admin.asks('list-people', { filter: 'QUIRIN' })
      expect([people, total]).toEqual([
        [{ user: mia.actor.user, createdAt: expect.any(Number), isDisabled: true, sessions: 0 }],
        1,
      ])
      expect(await codeOf(mia.asks('list-people', {}))).toBe('not-allowed')
    })

    test('[U9] list-all-rooms: the largest first, private ones without a name, no conversations of two', async () => {
      const [mia, ben] = [await stage.account('Mia'), await stage.account('Ben')]
      const large = await mia.createsRoom('Large')
      for (let i = 0; i < 5; i++) await mia.posts(large, `message ${i}`)
      const { roomId: hidden } = await mia.does('create-room', { name: 'Canary nest', kind: 'private' })
      for (let i = 0; i < 3; i++) await mia.posts(hidden, `message ${i}`)
      const { roomId: direct } = await mia.does('start-direct', { userId: ben.id })
      const first = await admin.asks('list-all-rooms', { limit: 1 })
      expect(first.rooms).toMatchObject([{ id: large, messages: 5, members: 1, kind: 'public', owner: { id: mia.id } }])
      const second = await admin.asks('list-all-rooms', { limit: 1, after: first.next ?? '' })
      expect(second.rooms).toMatchObject([{ id: hidden, messages: 3, kind: 'private', name: '' }])
      const all = await admin.asks('list-all-rooms', {})
      expect(all.rooms.map(({ id }) => id)).not.toContain(direct)
      expect(JSON.stringify(all)).not.toContain('Canary')
      expect(await codeOf(mia.asks('list-all-rooms', {}))).toBe('not-allowed')
    })
  })
})
