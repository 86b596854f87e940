import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import type { User } from '@parley/protocol'
import { type DatabaseName, type ProviderWorld, providerWorld } from './provider-world.contract.ts'

for (const database of ['SQLite', 'PostgreSQL'] as const) describe(`providers on ${database}`, () => suite(database))

function suite(database: DatabaseName): void {
  let world: ProviderWorld
  let count = 0
  /** A subject that nobody has used yet. */
  const somebody = (about: object = {}, at: 'corp' | 'lab' = 'corp') => {
    const subject = `person-${++count}`
    world[at].people.set(subject, { name: `Person ${count}`, ...about })
    return subject
  }
  const handle = () => `${database === 'SQLite' ? 'lite' : 'gres'}-${'bcdfghjkmnpqrstvwxz'[count % 19]}${++count}`

  beforeAll(async () => {
    world = await providerWorld(database)
  }, 60_000)
  afterAll(() => world.stop())
  beforeEach(() => world.settings({}))

  describe('signing up and in', () => {
    test('[P4] the first time a name is chosen, later times lead straight in', async () => {
      const browser = world.browser()
      const page = await browser.signsIn('corp', 'corp-ann', '?then=/lobby')
      expect(page.pathname).toBe('/choose-name')
      expect(page.hash).toMatch(/^#[\w-]{43}$/)
      expect(await browser.user()).toBeNull()
      const about = await browser.command('describe-sign-up', { ticket: page.hash.slice(1) })
      expect(await about.json()).toEqual({ provider: 'Corp', name: 'Ann Lee', goTo: '/lobby' })
      const response = await browser.finishes(page, 'ann', 'Ann Lee')
      expect(response.status).toBe(200)
      const { user, ...more } = (await response.json()) as { user: User }
      expect(user).toMatchObject({ handle: 'ann', displayName: 'Ann Lee', kind: 'account' })
      expect(more).toEqual({ goTo: '/lobby', expiresAt: expect.any(Number) })
      expect(await browser.user()).toEqual(user)

      const phone = world.browser()
      expect((await phone.signsIn('corp', 'corp-ann', '?then=/rooms/x')).pathname).toBe('/rooms/x')
      expect(await phone.user()).toEqual(user)
      expect(phone.cookies(world.origin)).not.toBe(browser.cookies(world.origin))
    })

    test('[P2] the cookie of the way is out of reach of scripts and of other sites', async () => {
      const response = await world.browser().asks(`${world.origin}/api/sign-in/corp`)
      expect(response.status).toBe(302)
      expect(response.headers.get('cache-control')).toBe('private, no-store')
      expect(response.headers.getSetCookie()).toEqual([
        expect.stringMatching(/^parley_travel=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax$/),
      ])
      const { searchParams } = new URL(response.headers.get('location') ?? '')
      expect(searchParams.get('code_challenge_method')).toBe('S256')
      expect(searchParams.get('scope')).toBe('openid profile email')
      for (const name of ['state', 'nonce', 'code_challenge']) expect(searchParams.get(name)).toMatch(/^[\w-]{43}$/)
    })

    test('[P4] a refused name can be tried again with the same ticket, and a good one only once', async () => {
      const [browser, other] = [world.browser(), world.browser()]
      const [taken, free] = [handle(), handle()]
      await other.signsUp('corp', somebody(), taken)
      const page = await browser.signsIn('corp', somebody())
      const codes = [
        [taken, 'Somebody else'],
        ['x', 'Somebody else'],
        [free, ''],
      ].map(async ([asked = '', name = '']) => codeOf(await browser.finishes(page, asked, name)))
      expect(await Promise.all(codes)).toEqual(['name-taken', 'handle-invalid', 'name-empty'])
      const both = await Promise.all([browser.finishes(page, free, free), browser.finishes(page, handle(), handle())])
      expect(both.map(({ status }) => status).sort()).toEqual([200, 410])
      expect(await codeOf(await browser.finishes(page, handle(), handle()))).toBe('sign-up-expired')
      expect((await browser.user())?.kind).toBe('account')
    })

    test('[P4] a ticket counts in its own browser and from our own pages only', async () => {
      const [browser, thief] = [world.browser(), world.browser()]
      const page = await browser.signsIn('corp', somebody())
      const ticket = page.hash.slice(1)
      expect(await codeOf(await thief.finishes(page, handle(), 'Thief'))).toBe('sign-up-expired')
      await thief.leavesFor('corp')
      expect(await codeOf(await thief.finishes(page, handle(), 'Thief'))).toBe('sign-up-expired')
      expect(await codeOf(await thief.command('describe-sign-up', { ticket }))).toBe('sign-up-expired')
      for (const name of ['finish-sign-up', 'describe-sign-up']) {
        const response = await browser.asks(`${world.origin}/api/commands/${name}`, {
          method: 'POST',
          headers: { origin: 'https://evil.example' },
          body: JSON.stringify({ ticket, handle: 'evil', name: 'Evil' }),
        })
        expect(await codeOf(response)).toBe('origin-refused')
      }
      expect((await browser.finishes(page, handle(), handle())).status).toBe(200)
    })

    test('[P4] somebody who was linked meanwhile is not made twice', async () => {
      const [first, second] = [world.browser(), world.browser()]
      const subject = somebody()
      const pages = [await first.signsIn('corp', subject), await second.signsIn('corp', subject)] as const
      expect((await first.finishes(pages[0], handle(), handle())).status).toBe(200)
      expect(await codeOf(await second.finishes(pages[1], handle(), handle()))).toBe('sign-up-expired')
      expect(await second.user()).toBeNull()
    })

    test('[P6] who cancels at the provider is told so, and nothing has happened', async () => {
      const browser = world.browser()
      expect(errorIn(await browser.signsIn('corp', ''))).toBe('cancelled')
      expect(await browser.user()).toBeNull()
    })

    test('[P6] nobody is sent anywhere else afterwards', async () => {
      const person = somebody()
      await world.browser().signsUp('corp', person, handle())
      for (const then of ['https://evil.example', '//evil.example', '/\\evil.example', '/%09/evil.example', '/api/x']) {
        const browser = world.browser()
        const page = await browser.leavesFor('corp', `?then=${encodeURIComponent(then)}`)
        const arrival = await browser.asks(await browser.confirms(person, page))
        const location = new URL(arrival.headers.get('location') ?? '', world.origin)
        expect(location.origin).toBe(world.origin)
      }
    })

    test('[P2] two tabs of one browser are on their way at once', async () => {
      const browser = world.browser()
      const pages = [
        await browser.goes(`${world.origin}/api/sign-in/corp`),
        await browser.goes(`${world.origin}/api/sign-in/lab`),
      ] as const
      const [one, two] = [somebody(), somebody({}, 'lab')]
      expect((await browser.goes(await browser.confirms(one, pages[0]))).pathname).toBe('/choose-name')
      expect((await browser.goes(await browser.confirms(two, pages[1]))).pathname).toBe('/choose-name')
    })
  })

  describe('takeovers', () => {
    test('[P3] the same e-mail at another provider does not get the account', async () => {
      const ann = await world
        .browser()
        .signsUp('corp', somebody({ email: 'eve@example.org', email_verified: true }), handle())
      for (const email of ['eve@example.org', 'EVE@EXAMPLE.ORG', 'eve@example.org ', 'ｅve@example.org']) {
        const thief = world.browser()
        const page = await thief.signsIn('lab', somebody({ email, email_verified: true }, 'lab'))
        expect(page.pathname).toBe('/choose-name')
        expect(await thief.user()).toBeNull()
      }
      expect(ann.kind).toBe('account')
    })

    test('[P3] the same subject at another provider is somebody else', async () => {
      const subject = somebody()
      world.lab.people.set(subject, { name: 'Another' })
      await world.browser().signsUp('corp', subject, handle())
      expect((await world.browser().signsIn('lab', subject)).pathname).toBe('/choose-name')
    })

    test('[P3] subjects that differ in case only are two', async () => {
      const subject = somebody()
      await world.browser().signsUp('corp', subject, handle())
      world.corp.people.set(subject.toUpperCase(), { name: 'Shouting' })
      expect((await world.browser().signsIn('corp', subject.toUpperCase())).pathname).toBe('/choose-name')
    })

    test('[P3] an e-mail that changed keeps its person, and one that was given on brings nobody in', async () => {
      const subject = somebody({ email: 'old@example.org', email_verified: true })
      const user = await world.browser().signsUp('corp', subject, handle())
      world.corp.people.set(subject, { email: 'new@example.org', email_verified: true })
      const again = world.browser()
      await again.signsIn('corp', subject)
      expect(await again.user()).toEqual(user)
      const heir = world.browser()
      expect((await heir.signsIn('corp', somebody({ email: 'old@example.org', email_verified: true }))).pathname).toBe(
        '/choose-name',
      )
    })

    test('[P2] a callback is good once', async () => {
      const browser = world.browser()
      const person = somebody()
      await browser.signsUp('corp', person, handle())
      const other = world.browser()
      const callback = await other.confirms(person, await other.leavesFor('corp'))
      await other.goes(callback)
      expect(await other.user()).not.toBeNull()
      await other.command('sign-out', {})
      expect(errorIn(await other.goes(callback))).toBe('expired')
      expect(await other.user()).toBeNull()
    })

    test('[P2] of a callback that comes twice at once one counts', async () => {
      const browser = world.browser()
      const callback = await browser.confirms(somebody(), await browser.leavesFor('corp'))
      const answers = await Promise.all([browser.asks(callback), browser.asks(callback), browser.asks(callback)])
      const places = answers.map((answer) => answer.headers.get('location')?.split('#')[0])
      expect(places.sort()).toEqual(['/choose-name', '/sign-in?error=expired', '/sign-in?error=expired'])
    })

    test('[P2] a callback is good in the browser that left, and nowhere after it was tried elsewhere', async () => {
      const [victim, thief] = [world.browser(), world.browser()]
      const callback = await victim.confirms(somebody(), await victim.leavesFor('corp'))
      expect(errorIn(await thief.goes(callback))).toBe('other-browser')
      expect(errorIn(await victim.goes(callback))).toBe('expired')
      expect([await thief.user(), await victim.user()]).toEqual([null, null])
    })

    test("[P2] nobody is signed in as somebody else by following a link with another's callback", async () => {
      const attacker = world.browser()
      const account = somebody()
      await world.browser().signsUp('corp', account, handle())
      const callback = await attacker.confirms(account, await attacker.leavesFor('corp'))
      const victim = world.browser()
      await victim.leavesFor('corp') // It is on its own way, so it has a cookie, only another.
      expect(errorIn(await victim.goes(callback))).toBe('other-browser')
      expect(await victim.user()).toBeNull()
    })

    test.each([
      ['state', (url: URL) => url.searchParams.set('state', 'x'.repeat(43)), 'expired'],
      ['a missing state', (url: URL) => url.searchParams.delete('state'), 'expired'],
      ['two states', (url: URL) => url.searchParams.append('state', url.searchParams.get('state') ?? ''), 'expired'],
      ['an endless state', (url: URL) => url.searchParams.set('state', 'x'.repeat(9_000)), 'expired'],
      ['another issuer', (url: URL) => url.searchParams.set('iss', 'https://evil.example'), 'provider-failed'],
      ['no issuer', (url: URL) => url.searchParams.delete('iss'), 'provider-failed'],
      ['two issuers', (url: URL) => url.searchParams.append('iss', 'https://evil.example'), 'provider-failed'],
      ['another code', (url: URL) => url.searchParams.set('code', 'guessed'), 'provider-failed'],
      ['no code', (url: URL) => url.searchParams.delete('code'), 'provider-failed'],
      ['an ID token in the address', (url: URL) => url.searchParams.set('id_token', 'a.b.c'), 'provider-failed'],
    ])('[P2] %s in the callback is refused', async (_, change, code) => {
      const browser = world.browser()
      const callback = await browser.confirms(somebody(), await browser.leavesFor('corp'))
      change(callback)
      expect(errorIn(await browser.goes(callback))).toBe(code)
      expect(await browser.user()).toBeNull()
    })

    test.each(['nonce', 'code_challenge'])('[P2] a %s that is not ours is noticed', async (name) => {
      const browser = world.browser()
      const begun = await browser.asks(`${world.origin}/api/sign-in/corp`)
      const address = new URL(begun.headers.get('location') ?? '')
      address.searchParams.set(name, 'x'.repeat(43))
      const callback = await browser.confirms(somebody(), await browser.goes(address))
      expect(callback.searchParams.get('code')).not.toBeNull()
      expect(errorIn(await browser.goes(callback))).toBe('provider-failed')
      expect(await browser.user()).toBeNull()
    })

    test("[P2] a stolen code is worth nothing in the thief's own sign-in", async () => {
      const [victim, thief] = [world.browser(), world.browser()]
      const person = somebody()
      await world.browser().signsUp('corp', person, handle())
      const stolen = await victim.confirms(person, await victim.leavesFor('corp'))
      const own = await thief.confirms(somebody(), await thief.leavesFor('corp'))
      own.searchParams.set('code', stolen.searchParams.get('code') ?? '')
      expect(errorIn(await thief.goes(own))).toBe('provider-failed')
      expect(await thief.user()).toBeNull()
    })

    test("[P2] one provider's answer does not count as another's", async () => {
      const browser = world.browser()
      const callback = await browser.confirms(somebody(), await browser.leavesFor('corp'))
      callback.pathname = '/api/sign-in/lab/callback'
      expect(errorIn(await browser.goes(callback))).toBe('expired')
      expect(await browser.user()).toBeNull()
    })

    test('[P2] a signature by other keys than those of the provider is refused', async () => {
      const { publicKey } = await crypto.subtle.generateKey(RSA, true, ['sign', 'verify'])
      const jwk = await crypto.subtle.exportKey('jwk', publicKey)
      // A world of its own, which has not fetched the right keys yet.
      const fresh = await providerWorld(database)
      const own = (await (await fetch(`${fresh.lab.issuer}/jwks`)).json()) as { keys: { kid: string }[] }
      // The provider's own `kid`, so that only the signature can tell.
      const keys = own.keys.map(({ kid }) => ({ ...jwk, kid, use: 'sig', alg: 'RS256' }))
      fresh.lab.overrides.set('/jwks', (_, response) => {
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ keys }))
      })
      fresh.lab.people.set('forged', {})
      expect(errorIn(await fresh.browser().signsIn('lab', 'forged'))).toBe('provider-failed')
      expect(fresh.server.records.join()).toContain('signature')
      await fresh.stop()
    }, 60_000)

    test('[P6] what was disabled stays out', async () => {
      const person = somebody()
      const user = await world.browser().signsUp('corp', person, handle())
      await world.disable(user)
      const browser = world.browser()
      expect(errorIn(await browser.signsIn('corp', person))).toBe('account-disabled')
      expect(await browser.user()).toBeNull()
    })

    test('[P2] neither the database nor the log holds what would open a sign-in', async () => {
      const browser = world.browser()
      const begun = await browser.asks(`${world.origin}/api/sign-in/corp?invitation=a-token-of-an-invitation`)
      const address = new URL(begun.headers.get('location') ?? '')
      const kept = await world.keptOnTheWay()
      const secrets = [
        address.searchParams.get('state'),
        address.searchParams.get('nonce'),
        browser.cookies(world.origin).split('=')[1],
        'a-token-of-an-invitation',
      ]
      const callback = await browser.confirms(somebody(), await browser.goes(address))
      const code = callback.searchParams.get('code') ?? ''
      callback.searchParams.set('iss', 'https://evil.example')
      await browser.goes(callback)
      const log = world.server.records.join()
      expect(log).toContain('A sign-in by a provider failed')
      for (const secret of [...secrets, code]) {
        if (!secret) throw new Error('There was nothing to look for.')
        expect(kept).not.toContain(secret)
        expect(log).not.toContain(secret)
      }
    })
  })

  describe('linking', () => {
    test('[P4] an account links a second provider and gets in by either', async () => {
      const browser = world.browser()
      const [first, second] = [somebody(), somebody({}, 'lab')]
      const user = await browser.signsUp('corp', first, handle())
      await browser.proves('corp', first)
      expect((await browser.links('lab', second)).pathname).toBe('/settings/account')
      expect(await browser.user()).toEqual(user)
      for (const [provider, person] of [
        ['corp', first],
        ['lab', second],
      ] as const) {
        const phone = world.browser()
        await phone.signsIn(provider, person)
        expect(await phone.user()).toEqual(user)
      }
      // Again is no mistake.
      expect((await browser.links('lab', second)).search).toBe('')
    })

    test('[P4] a guest who links becomes an account: same id, same rooms, another token', async () => {
      const [browser, phone] = [world.browser(), world.browser()]
      const guest = await browser.entersAsGuest(`Guest ${handle()}`)
      const room = (await (await browser.command('create-room', { name: `Room of ${guest.handle}` })).json()) as {
        roomId: string
      }
      const before = browser.cookies(world.origin)
      const person = somebody({ email: 'guest@example.org', email_verified: true })
      expect((await browser.links('corp', person)).pathname).toBe('/settings/account')
      const account = await browser.user()
      expect(account).toEqual({ ...guest, kind: 'account', version: guest.version + 1 })
      expect(browser.cookies(world.origin)).not.toContain(before)
      const old = await fetch(`${world.origin}/api/session`, { headers: { cookie: before } })
      expect(await old.json()).toEqual({ user: null })
      await phone.signsIn('corp', person)
      expect(await phone.user()).toEqual(account)
      expect((await phone.command('rename-room', { roomId: room.roomId, name: `Mine ${guest.handle}` })).status).toBe(
        200,
      )
    })

    test('[P4] everybody who sees a guest sees that it is an account now', async () => {
      const browser = world.browser()
      const guest = await browser.entersAsGuest(`Seen ${handle()}`)
      const token = browser.cookies(world.origin).split('parley_session=')[1]?.split(';')[0] ?? ''
      const peer = await world.server.connect(decodeURIComponent(token))
      await browser.links('corp', somebody())
      const profile = { name: 'profile', user: { ...guest, kind: 'account', version: guest.version + 1 } }
      const frame = await peer.sees('signals', ({ signals }) => signals.some(({ name }) => name === 'profile'))
      expect(frame.signals).toContainEqual(profile as never)
    })

    test("[P4] somebody else's identity is not linked, and says so", async () => {
      const owner = somebody()
      await world.browser().signsUp('corp', owner, handle())
      const browser = world.browser()
      const guest = await browser.entersAsGuest(`Other ${handle()}`)
      const page = await browser.links('corp', owner)
      expect([page.pathname, errorIn(page)]).toEqual(['/settings/account', 'identity-taken'])
      expect(await browser.user()).toEqual(guest)
    })

    test('[P4] linking begins by a POST from our own pages and by somebody signed in only', async () => {
      const browser = world.browser()
      expect(await codeOf(await browser.starts('corp', { mode: 'link' }))).toBe('not-signed-in')
      await browser.entersAsGuest(`Begins ${handle()}`)
      for (const origin of ['https://evil.example', 'null', `${world.origin}.evil.example`]) {
        expect(await codeOf(await browser.starts('corp', { mode: 'link' }, { origin }))).toBe('origin-refused')
      }
      expect(await codeOf(await browser.starts('corp', { mode: 'link' }, {}))).toBe('origin-refused')
      expect(errorIn(await browser.goes(`${world.origin}/api/sign-in/corp?mode=link`))).toBe('signed-in-already')
      expect(await codeOf(await browser.starts('corp', { mode: 'take-over' }))).toBe('invalid-input')
      expect(await codeOf(await browser.starts('corp', { mode: 7 }))).toBe('invalid-input')
    })

    test('[P4] what one began is not linked to another who signed in meanwhile', async () => {
      const browser = world.browser()
      await browser.entersAsGuest(`First ${handle()}`)
      const { url } = (await (await browser.starts('corp', { mode: 'link' })).json()) as { url: string }
      await browser.command('sign-out', {})
      const second = await browser.entersAsGuest(`Second ${handle()}`)
      const person = somebody()
      const page = await browser.goes(await browser.confirms(person, await browser.goes(url)))
      expect([page.pathname, errorIn(page)]).toEqual(['/settings/account', 'signed-out-meanwhile'])
      expect(await browser.user()).toEqual(second)
      expect((await world.browser().signsIn('corp', person)).pathname).toBe('/choose-name')
    })

    test('[P4] a sign-in never takes the place of somebody who is signed in', async () => {
      const person = somebody()
      await world.browser().signsUp('corp', person, handle())
      const browser = world.browser()
      const page = await browser.leavesFor('corp')
      const guest = await browser.entersAsGuest(`Stays ${handle()}`)
      expect(errorIn(await browser.goes(await browser.confirms(person, page)))).toBe('signed-in-already')
      expect(errorIn(await browser.goes(`${world.origin}/api/sign-in/corp`))).toBe('signed-in-already')
      expect(await (await browser.starts('corp', {})).json()).toEqual({ error: 'signed-in-already' })
      expect(await browser.user()).toEqual(guest)
    })
  })

  describe('who may come in', () => {
    test.each([
      ['not checked', { email: 'a@corp.example', email_verified: false }],
      ['not said to be checked', { email: 'a@corp.example' }],
      ['none', {}],
      ['of another domain', { email: 'a@else.example', email_verified: true }],
      ['of a domain that only ends alike', { email: 'a@notcorp.example', email_verified: true }],
      ['two in one', { email: 'a@corp.example@else.example', email_verified: true }],
    ])('[P4] where addresses of a domain are asked for, one that is %s does not do', async (_, about) => {
      await world.settings({ emailDomains: ['corp.example'] })
      const browser = world.browser()
      expect(errorIn(await browser.signsIn('corp', somebody(about)))).toBe('email-domain-refused')
      await browser.entersAsGuest(`Domain ${handle()}`)
      const page = await browser.links('corp', somebody(about))
      expect([page.pathname, errorIn(page)]).toEqual(['/settings/account', 'email-domain-refused'])
      expect((await browser.user())?.kind).toBe('guest')
    })

    test('[P4] a checked address of the domain does', async () => {
      await world.settings({ emailDomains: ['corp.example'] })
      const person = somebody({ email: 'A@Corp.Example', email_verified: true })
      expect((await world.browser().signsUp('corp', person, handle())).kind).toBe('account')
    })

    test('[P4] where invitations are asked for, nobody comes in without one, and who is in stays in', async () => {
      const person = somebody()
      const user = await world.browser().signsUp('corp', person, handle())
      await world.settings({ signUp: 'invitation' })
      expect(errorIn(await world.browser().signsIn('corp', somebody()))).toBe('invitation-needed')
      expect(errorIn(await world.browser().signsIn('corp', somebody(), '?invitation=guessed'))).toBe(
        'invitation-invalid',
      )
      const again = world.browser()
      await again.signsIn('corp', person)
      expect(await again.user()).toEqual(user)
    })

    test('[P4] the rule that holds at the end counts, not that of the beginning', async () => {
      const browser = world.browser()
      const page = await browser.signsIn('corp', somebody())
      await world.settings({ signUp: 'invitation' })
      expect(await codeOf(await browser.finishes(page, handle(), handle()))).toBe('invitation-needed')
      await world.settings({})
      expect((await browser.finishes(page, handle(), handle())).status).toBe(200)
    })

    test('[P4] an invitation to a room counts once and leads there', async () => {
      const host = world.browser()
      await host.entersAsGuest(`Host ${handle()}`)
      const { roomId } = (await (
        await host.command('create-room', { name: `R ${handle()}`, kind: 'private' })
      ).json()) as {
        roomId: string
      }
      const made = await host.command('create-invitation', { roomId, maxUses: 1 })
      const { token } = (await made.json()) as { token: string }
      const browser = world.browser()
      const begun = (await (await browser.starts('corp', { invitation: token, goTo: '/lobby' })).json()) as {
        url: string
      }
      const page = await browser.goes(await browser.confirms(somebody(), await browser.goes(begun.url)))
      const finished = await browser.finishes(page, handle(), handle())
      expect(await finished.json()).toMatchObject({ roomId, goTo: '/lobby' })
      expect(errorIn(await world.browser().signsIn('corp', somebody(), `?invitation=${token}`))).toBe(
        'invitation-invalid',
      )
    })

    test('[P4] where only providers make accounts, they do', async () => {
      await world.settings({ signUp: 'provider', guests: false })
      expect((await world.browser().signsUp('corp', somebody(), handle())).kind).toBe('account')
    })
  })

  test('[P2] after ten minutes the way is over, and after half an hour the ticket', async () => {
    let later = 0
    const other = await providerWorld(database, { now: () => Date.now() + later })
    const browser = other.browser()
    const late = await browser.confirms('corp-ann', await browser.leavesFor('corp'))
    const inTime = await browser.confirms('corp-ben', await browser.leavesFor('corp'))
    const minutes = 60_000
    later = 10 * minutes - 5_000
    const page = await browser.goes(inTime)
    expect(page.pathname).toBe('/choose-name')
    later = 10 * minutes
    expect(errorIn(await browser.goes(late))).toBe('expired')
    later = 40 * minutes - 10_000
    expect((await browser.command('describe-sign-up', { ticket: page.hash.slice(1) })).status).toBe(200)
    later = 40 * minutes
    expect(await codeOf(await browser.finishes(page, 'ben', 'Ben'))).toBe('sign-up-expired')
    await other.stop()
  }, 30_000)

  test('[P1] without PARLEY_URL the way begins at this very machine only', async () => {
    for (const [host, error] of [
      ['chat.lan', 'address-needed'],
      ['localhost.evil.example', 'address-needed'],
      ['127.0.0.1.evil.example', 'address-needed'],
      ['localhost:1234', null],
    ] as const) {
      const response = await fetch(`${world.origin}/api/sign-in/corp`, { headers: { host }, redirect: 'manual' })
      expect(errorIn(new URL(response.headers.get('location') ?? '', world.origin))).toBe(error)
    }
  })

  test('[P6] a provider that is none is said to be unknown', async () => {
    const browser = world.browser()
    for (const name of ['nobody', '__proto__', 'CORP', 'corp%2f..']) {
      expect(errorIn(await browser.goes(`${world.origin}/api/sign-in/${name}`))).toBe('provider-unknown')
    }
    expect(await (await browser.starts('nobody', {})).json()).toEqual({ error: 'provider-unknown' })
    const state = 'x'.repeat(43)
    expect(errorIn(await browser.goes(`${world.origin}/api/sign-in/nobody/callback?code=x&state=${state}`))).toBe(
      'expired',
    )
  })

  test('[P3] names that a provider tells are offered as names may be here', async () => {
    for (const [told, offered] of [
      ['  Zoë \u202e\u0007 Müller ', 'Zoë Müller'],
      ['x'.repeat(500), 'x'.repeat(32)],
      ['\u200b', undefined],
      ['😀'.repeat(40), undefined],
    ] as const) {
      const browser = world.browser()
      const page = await browser.signsIn('corp', somebody({ name: told }))
      const about = await browser.command('describe-sign-up', { ticket: page.hash.slice(1) })
      expect(((await about.json()) as { name?: string }).name).toBe(offered as string)
    }
  })
}

const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
}

function errorIn(page: URL): string | null {
  return page.searchParams.get('error')
}

async function codeOf(response: Response): Promise<string | undefined> {
  return ((await response.json()) as { code?: string }).code
}
