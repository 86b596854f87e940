import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { freePort } from '../../../../../scripts/services/free-port.ts'
import { type PlainOAuthProvider, startPlainOAuthProvider } from '../../../../../tests/support/plain-oauth-provider.ts'
import { systemClock } from '../../clock.ts'
import { readConfig } from '../../config.ts'
import { startTestServer, type TestServer } from '../../testing/test-server.contract.ts'
import { authorityOf, OAuthProvider } from './oauth-provider.ts'
import { ProviderVisitor, readiness } from './provider-world.contract.ts'
import { openProviders } from './providers.ts'

let origin: string
let forge: PlainOAuthProvider
let server: TestServer

beforeAll(async () => {
  const port = await freePort()
  origin = `http://127.0.0.1:${port}`
  forge = await startPlainOAuthProvider()
  server = await startTestServer({
    settings: {
      PARLEY_PORT: String(port),
      ...forge.settings('FORGE'),
      PARLEY_OAUTH_FORGE_LABEL: 'Our forge',
      PARLEY_OAUTH_FORGE_EMAIL_VERIFIED_FIELD: 'confirmed',
      ...forge.settings('NESTED'),
      PARLEY_OAUTH_NESTED_ID_FIELD: 'data.user.uid',
      PARLEY_OAUTH_NESTED_NAME_FIELD: 'data.user.full_name',
    },
  })
})
afterAll(async () => {
  await server.stop()
  await forge.stop()
})
beforeEach(() => {
  forge.token = undefined
})

/** All the way, without a page of the provider in between. */
async function arrives(name = 'forge', browser = new ProviderVisitor(origin)) {
  const page = await browser.goes(`${origin}/api/sign-in/${name}`)
  return { browser, page, error: page.searchParams.get('error') }
}

async function nameOffered(browser: ProviderVisitor, page: URL): Promise<unknown> {
  return (await browser.command('describe-sign-up', { ticket: page.hash.slice(1) })).json()
}

test('[P1] plain OAuth2: the first time a name is chosen, later times lead straight in', async () => {
  forge.person = { id: 4711, login: 'ann', name: 'Ann Lee', email: 'ann@example.org' }
  const { browser, page } = await arrives()
  expect(page.pathname).toBe('/choose-name')
  expect(await nameOffered(browser, page)).toEqual({ provider: 'Our forge', name: 'Ann Lee', goTo: '/' })
  await browser.finishes(page, 'ann', 'Ann Lee')
  const user = await browser.user()
  expect(user).toMatchObject({ handle: 'ann', kind: 'account' })
  // Everything but the id may change.
  forge.person = { id: 4711, login: 'anna', name: 'Anna', email: 'anna@example.org' }
  expect(await (await arrives()).browser.user()).toEqual(user)
  // And everything but the id may be the same.
  forge.person = { id: 4712, login: 'ann', name: 'Ann Lee', email: 'ann@example.org' }
  expect((await arrives()).page.pathname).toBe('/choose-name')
})

test('[P3] the same id by another field is somebody else', async () => {
  forge.person = { id: 'shared', data: { user: { uid: 'shared', full_name: 'Ben Oak' } } }
  const first = await arrives()
  await first.browser.finishes(first.page, 'first', 'First')
  const second = await arrives('nested')
  expect(second.page.pathname).toBe('/choose-name')
  expect(await nameOffered(second.browser, second.page)).toMatchObject({ name: 'Ben Oak' })
})

test.each([
  ['none', {}],
  ['null', { id: null }],
  ['empty', { id: '' }],
  ['a list', { id: [1] }],
  ['an object', { id: { is: 1 } }],
  ['true', { id: true }],
  ['a fraction', { id: 1.5 }],
  ['beyond what a number holds exactly', { id: 2 ** 53 }],
  ['endless', { id: 'x'.repeat(256) }],
  ['inherited', Object.create({ id: 1 })],
])('[P3] an id that is %s is none', async (_, person) => {
  forge.person = person
  expect((await arrives()).error).toBe('provider-failed')
})

test('[P6] what the provider says instead of a token is a failure', async () => {
  for (const answer of [
    { status: 200, body: { error: 'bad_verification_code' } },
    { status: 400, body: { error: 'invalid_grant' } },
    { status: 500, body: {} },
    { status: 200, body: { access_token: 'guessed', token_type: 'bearer' } },
    { status: 200, body: {} },
    { status: 302, body: {} },
  ]) {
    forge.token = () => answer
    expect((await arrives()).error).toBe('provider-failed')
  }
})

test('[P2] the code is exchanged with the verifier, and nothing of it is logged', async () => {
  let fields = new URLSearchParams()
  forge.token = (sent) => {
    fields = sent
    return { status: 400, body: { error: 'invalid_grant', error_description: sent.get('code_verifier') } }
  }
  await arrives()
  expect(fields.get('code_verifier')).toMatch(/^[\w-]{43}$/)
  expect(server.records.join()).not.toContain(fields.get('code_verifier') ?? '')
  expect(server.records.join()).not.toContain(fields.get('code') ?? '')
  expect(server.records.join()).not.toContain('what only Parley and the forge know')
})

test('[P4] an address counts as checked only where the configured field says true', async () => {
  const provider = openProvider({ ...forge.settings('X'), PARLEY_OAUTH_X_EMAIL_VERIFIED_FIELD: 'confirmed' })
  for (const [confirmed, address] of [
    [true, 'a@example.org'],
    [false, undefined],
    ['yes', undefined],
    [1, undefined],
    [undefined, undefined],
  ] as const) {
    forge.person = { id: 1, email: 'a@example.org', confirmed }
    expect((await identityBy(provider)).email?.address).toBe(address as string)
  }
  forge.person = { id: 1, email: 'a@example.org', verified: true, email_verified: true }
  expect((await identityBy(openProvider(forge.settings('X')))).email).toBeUndefined()
})

test('[P4] of a list of addresses, as GitHub has it, the first one counts if it was checked', async () => {
  const settings = readConfig(forge.settings('X')).config.providers?.[0]
  if (settings?.kind !== 'oauth') throw new Error('It is of another kind.')
  const github = new OAuthProvider({
    settings: { ...settings, emailsUrl: `${forge.origin}/emails` },
    log: { info: () => undefined },
  })
  forge.person = { id: 1, email: 'public@example.org' }
  for (const [emails, address] of [
    [[{ email: 'b@example.org', primary: false, verified: true }, one(true)], 'a@example.org'],
    [[{ email: 'b@example.org', primary: false, verified: true }, one(false)], undefined],
    [[], undefined],
    [{ message: 'No scope' }, undefined],
  ] as const) {
    forge.emails = emails
    expect((await identityBy(github)).email?.address).toBe(address as string)
  }
})

test('[P1] plain OAuth2 needs no document, so it is ready at once', async () => {
  expect(await readiness(origin)).toEqual({ forge: 'ready', nested: 'ready' })
  const { config } = readConfig(forge.settings('X'))
  const providers = openProviders({ settings: config.providers ?? [], clock: systemClock, log: quiet })
  expect(providers.list()).toEqual([{ id: 'x', label: 'X', isReady: true }])
})

test('[P3] another address to ask, or another field, is another authority', () => {
  const one = { userUrl: 'https://a.example/user', idField: 'id' }
  const all = [one, { ...one, idField: 'uid' }, { ...one, userUrl: 'https://b.example/user' }].map(authorityOf)
  expect(new Set(all).size).toBe(3)
})

const quiet = { info: () => undefined, warn: () => undefined, debug: () => undefined }
const one = (verified: boolean) => ({ email: 'a@example.org', primary: true, verified })

function openProvider(environment: Record<string, string>) {
  const { config } = readConfig(environment)
  const provider = openProviders({ settings: config.providers ?? [], clock: systemClock, log: quiet }).find('x')
  if (!provider) throw new Error('It was not opened.')
  return provider
}

async function identityBy(provider: ReturnType<typeof openProvider>) {
  const checks = { state: 's'.repeat(43), nonce: 'n'.repeat(43), verifier: 'v'.repeat(43) }
  const url = await provider.authorizeUrl('http://127.0.0.1:1/callback', checks)
  const response = await fetch(url, { redirect: 'manual' })
  return provider.identify(new URL(response.headers.get('location') ?? ''), checks)
}
