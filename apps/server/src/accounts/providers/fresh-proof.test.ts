import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { CommandOutput } from '@parley/protocol'
import {
  type DatabaseName,
  type ProviderVisitor,
  type ProviderWorld,
  providerWorld,
} from './provider-world.contract.ts'

const PASSWORD = 'four boats at dawn'
const MINUTE_MS = 60_000

for (const database of ['SQLite', 'PostgreSQL'] as const) describe(`proofs on ${database}`, () => suite(database))

function suite(database: DatabaseName): void {
  let world: ProviderWorld
  let count = 0
  let passedMs = 0
  const somebody = (at: 'corp' | 'lab' = 'corp') => {
    const subject = `person-${++count}`
    world[at].people.set(subject, { name: `Person ${count}` })
    return subject
  }
  const handle = () => `proof-${'bcdfghjkmnpqrstvwxz'[count % 19]}${++count}`

  beforeAll(async () => {
    world = await providerWorld(database, { now: () => Date.now() + passedMs })
  }, 60_000)
  afterAll(() => world.stop())

  /** Signed up by the provider: an account without a password. */
  async function byProvider(): Promise<{ browser: ProviderVisitor; person: string }> {
    const [browser, person] = [world.browser(), somebody()]
    await browser.signsUp('corp', person, handle())
    return { browser, person }
  }

  async function byPassword(): Promise<ProviderVisitor> {
    const browser = world.browser()
    const name = handle()
    const answer = await browser.command('register', { handle: name, name, password: PASSWORD })
    expect(answer.status).toBe(200)
    return browser
  }

  const linking = async (browser: ProviderVisitor, provider = 'lab') =>
    codeOf(await browser.starts(provider, { mode: 'link' }))
  const settingPassword = async (browser: ProviderVisitor) =>
    codeOf(await browser.command('change-password', { next: PASSWORD }))
  const leaving = async (browser: ProviderVisitor) =>
    codeOf(await browser.command('delete-account', { messages: 'keep' }))

  describe('without a password', () => {
    test('[U11] a session alone sets no password, links no provider, unlinks none and deletes nothing', async () => {
      const { browser } = await byProvider()
      const { providers } = await described(browser)
      expect(await linking(browser)).toBe('proof-needed')
      expect(await settingPassword(browser)).toBe('proof-needed')
      expect(await leaving(browser)).toBe('proof-needed')
      expect(await codeOf(await browser.command('unlink-provider', { linkId: providers[0]?.id }))).toBe('proof-needed')
      expect(await codeOf(await browser.command('confirm-identity', { password: PASSWORD }))).toBe('proof-needed')
      expect(await browser.user()).not.toBeNull()
    })

    test('[U11] asking the provider once more is the proof, for five minutes', async () => {
      const { browser, person } = await byProvider()
      expect(await described(browser)).toMatchObject({ hasPassword: false, isConfirmed: false })
      const page = await browser.proves('corp', person)
      expect([page.pathname, page.search]).toEqual(['/settings/account', '?confirmed'])
      expect(await described(browser)).toMatchObject({ isConfirmed: true })
      expect(await linking(browser)).toBeUndefined()
      passedMs += 5 * MINUTE_MS + 1
      expect(await described(browser)).toMatchObject({ isConfirmed: false })
      expect(await linking(browser)).toBe('proof-needed')
      expect(await settingPassword(browser)).toBe('proof-needed')
      await browser.proves('corp', person)
      expect(await settingPassword(browser)).toBeUndefined()
      // From here on it is the password that proves.
      expect(await linking(browser)).toBe('proof-needed')
      expect(await codeOf(await browser.command('confirm-identity', { password: PASSWORD }))).toBeUndefined()
      expect(await linking(browser)).toBeUndefined()
    })

    test('[U11] what one session proved is no proof in another', async () => {
      const { browser, person } = await byProvider()
      const phone = world.browser()
      await phone.signsIn('corp', person)
      await browser.proves('corp', person)
      expect(await leaving(phone)).toBe('proof-needed')
      expect(await leaving(browser)).toBeUndefined()
    })

    test('[U11] the provider is asked to let them sign in anew', async () => {
      const { browser } = await byProvider()
      const { url } = (await (await browser.starts('corp', { mode: 'confirm' })).json()) as { url: string }
      const { searchParams } = new URL(url)
      expect([searchParams.get('prompt'), searchParams.get('max_age')]).toEqual(['login', '0'])
      // Known there, and asked all the same.
      expect((await browser.goes(url)).pathname).toStartWith('/interaction/')
    })

    test("[U11] somebody else's sign-in there proves nothing, nor does one that is nobody's", async () => {
      const { browser } = await byProvider()
      const { person: other } = await byProvider()
      for (const person of [other, somebody()]) {
        const page = await browser.proves('corp', person)
        expect([page.pathname, errorIn(page)]).toEqual(['/settings/account', 'other-identity'])
      }
      expect(await leaving(browser)).toBe('proof-needed')
    })

    test('[U11] it begins by a POST from our own pages, by somebody signed in', async () => {
      const { browser } = await byProvider()
      expect(await codeOf(await browser.starts('corp', { mode: 'confirm' }, { origin: 'https://evil.example' }))).toBe(
        'origin-refused',
      )
      expect(await codeOf(await world.browser().starts('corp', { mode: 'confirm' }))).toBe('not-signed-in')
    })

    test('[U11] a proof by an identity that was unlinked since counts no more', async () => {
      const { browser, person } = await byProvider()
      const second = somebody('lab')
      await browser.proves('corp', person)
      await browser.links('lab', second)
      const [corp] = (await described(browser)).providers
      expect(await codeOf(await browser.command('unlink-provider', { linkId: corp?.id }))).toBeUndefined()
      expect(await leaving(browser)).toBe('proof-needed')
    })
  })

  describe('with a password', () => {
    test('[U11] linking asks for it, and a wrong one is none', async () => {
      const browser = await byPassword()
      expect(await linking(browser)).toBe('proof-needed')
      expect(await codeOf(await browser.command('confirm-identity', { password: 'not it at all' }))).toBe(
        'wrong-password',
      )
      expect(await linking(browser)).toBe('proof-needed')
      expect(await codeOf(await browser.command('confirm-identity', { password: PASSWORD }))).toBeUndefined()
      expect((await browser.links('lab', somebody('lab'))).search).toBe('')
    })

    test('[U11] a provider proves nothing where there is a password', async () => {
      const browser = await byPassword()
      const person = somebody()
      await browser.command('confirm-identity', { password: PASSWORD })
      await browser.links('corp', person)
      passedMs += 5 * MINUTE_MS + 1
      await browser.proves('corp', person)
      expect(await linking(browser)).toBe('proof-needed')
      expect(await leaving(browser)).toBe('wrong-password')
    })
  })

  describe('guests', () => {
    test('[U11] have nothing but the session: they link, claim and delete as before', async () => {
      const [one, other] = [world.browser(), world.browser()]
      await one.entersAsGuest(`Guest ${handle()}`)
      await other.entersAsGuest(`Guest ${handle()}`)
      expect(await described(one)).toEqual({ hasPassword: false, isConfirmed: false, providers: [] })
      expect(await codeOf(await one.command('confirm-identity', { password: PASSWORD }))).toBe('account-needed')
      expect(await linking(one)).toBeUndefined()
      expect(await leaving(other)).toBeUndefined()
    })

    test('[U11] what a guest began is not linked to the account that they became meanwhile', async () => {
      const browser = world.browser()
      await browser.entersAsGuest(`Guest ${handle()}`)
      const { url } = (await (await browser.starts('corp', { mode: 'link' })).json()) as { url: string }
      expect(await codeOf(await browser.command('claim-account', { password: PASSWORD }))).toBeUndefined()
      const page = await browser.goes(await browser.confirms(somebody(), await browser.goes(url)))
      expect(errorIn(page)).toBe('expired')
      expect((await described(browser)).providers).toEqual([])
    })
  })

  describe('linked providers', () => {
    test('[P7] are named with the day of their linking, and one can be unlinked', async () => {
      const { browser, person } = await byProvider()
      const second = somebody('lab')
      await browser.proves('corp', person)
      await browser.links('lab', second)
      const { providers } = await described(browser)
      expect(providers).toEqual([
        { id: expect.any(String), provider: 'Corp', providerId: 'corp', linkedAt: expect.any(Number) },
        { id: expect.any(String), provider: 'Lab', providerId: 'lab', linkedAt: expect.any(Number) },
      ])
      const phone = world.browser()
      await phone.signsIn('lab', second)
      const gone = { linkId: providers[1]?.id }
      expect(await codeOf(await browser.command('unlink-provider', gone))).toBeUndefined()
      expect((await described(browser)).providers.map(({ providerId }) => providerId)).toEqual(['corp'])
      // Whoever came in by it is out, and comes in by it no more; this session goes on.
      expect(await phone.user()).toBeNull()
      expect((await phone.signsIn('lab', second)).pathname).toBe('/choose-name')
      expect(await browser.user()).not.toBeNull()
      // Again is no mistake.
      expect(await codeOf(await browser.command('unlink-provider', gone))).toBeUndefined()
    })

    test('[P7] the only way in stays', async () => {
      const { browser, person } = await byProvider()
      await browser.proves('corp', person)
      const [only] = (await described(browser)).providers
      expect(await codeOf(await browser.command('unlink-provider', { linkId: only?.id }))).toBe('last-way-in')
      expect(await settingPassword(browser)).toBeUndefined()
      await browser.command('confirm-identity', { password: PASSWORD })
      expect(await codeOf(await browser.command('unlink-provider', { linkId: only?.id }))).toBeUndefined()
      expect(await described(browser)).toMatchObject({ hasPassword: true, providers: [] })
    })

    test('[P7] of two unlinkings at once one way in is left', async () => {
      const { browser, person } = await byProvider()
      await browser.proves('corp', person)
      await browser.links('lab', somebody('lab'))
      const { providers } = await described(browser)
      const answers = await Promise.all(
        providers.map(async ({ id }) => codeOf(await browser.command('unlink-provider', { linkId: id }))),
      )
      expect(answers.filter((code) => code === undefined)).toHaveLength(1)
      expect((await described(browser)).providers).toHaveLength(1)
    })

    test("[P7] somebody else's is left alone", async () => {
      const [{ browser }, victim] = [await byProvider(), await byProvider()]
      const owner = await byPassword()
      await owner.command('confirm-identity', { password: PASSWORD })
      const [theirs] = (await described(victim.browser)).providers
      expect(await codeOf(await owner.command('unlink-provider', { linkId: theirs?.id }))).toBeUndefined()
      expect((await described(victim.browser)).providers).toHaveLength(1)
      expect((await described(browser)).providers).toHaveLength(1)
    })
  })
}

async function described(browser: ProviderVisitor): Promise<CommandOutput<'describe-account'>> {
  const answer = await browser.command('describe-account', {})
  expect(answer.status).toBe(200)
  return (await answer.json()) as CommandOutput<'describe-account'>
}

async function codeOf(response: Response): Promise<string | undefined> {
  const { code, error } = (await response.json()) as { code?: string; error?: string }
  return code ?? error
}

const errorIn = (page: URL) => page.searchParams.get('error')
