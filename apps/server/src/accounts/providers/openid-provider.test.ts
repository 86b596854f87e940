import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { freePort } from '../../../../../scripts/services/free-port.ts'
import { type Forgery, type ForgingIssuer, startForgingIssuer } from '../../../../../tests/support/forging-issuer.ts'
import { type IdentityProvider, startIdentityProvider } from '../../../../../tests/support/identity-provider.ts'
import { FakeClock } from '../../testing/fake-clock.ts'
import { startTestServer, type TestServer } from '../../testing/test-server.contract.ts'
import type { Session } from '../accounts.ts'
import { Backoff } from './backoff.ts'
import { OpenidProvider } from './openid-provider.ts'
import type { ProviderSignInParts } from './parts.ts'
import { proveByProvider } from './prove-by-provider.ts'
import { type Identity, SignInProblem } from './provider.ts'
import { ProviderVisitor, readiness, untilReady } from './provider-world.contract.ts'

describe('an ID token', () => {
  let issuer: ForgingIssuer
  let provider: OpenidProvider

  beforeAll(async () => {
    issuer = await startForgingIssuer()
    provider = await opened(issuer.issuer, issuer.secret)
  })
  afterAll(async () => {
    provider.stop()
    await issuer.stop()
  })

  test('[P3] that says what it should gives issuer and subject, and nothing else is a key', async () => {
    expect(await identityBy({})).toEqual({ issuer: issuer.issuer, subject: 'somebody' })
  })

  const past = Math.floor(Date.now() / 1_000) - 3_600
  const forgeries: readonly (readonly [string, Forgery])[] = [
    ['of another issuer', { claims: { iss: 'https://evil.example' } }],
    ['of an issuer with a slash more', { claims: { iss: 'SLASH' } }],
    ['of no issuer', { claims: { iss: undefined } }],
    ['for another client', { claims: { aud: 'somebody-else' } }],
    ['for nobody', { claims: { aud: undefined } }],
    ['for us among others', { claims: { aud: ['parley', 'somebody-else'] } }],
    ['for us among others, given to them', { claims: { aud: ['parley', 'other'], azp: 'other' } }],
    ['with another nonce', { claims: { nonce: 'x'.repeat(43) } }],
    ['without a nonce', { claims: { nonce: undefined } }],
    ['that is over', { claims: { exp: past } }],
    ['without an end', { claims: { exp: undefined } }],
    ['that begins later', { claims: { nbf: past + 7_200 } }],
    ['without a subject', { claims: { sub: undefined } }],
    ['with an empty subject', { claims: { sub: '' } }],
    ['with a number for a subject', { claims: { sub: 7 } }],
    ['without a signature', { alg: 'none' }],
    ['signed with the secret of the client', { alg: 'HS256' }],
    ["signed with another key under the issuer's name", { isStolenName: true }],
    ['whose signature was cut', { isCut: true }],
    ['that is not there', { isMissing: true }],
  ]
  test.each(forgeries)('[P2] %s is refused', async (_, forgery) => {
    const claims = forgery.claims?.iss === 'SLASH' ? { iss: `${issuer.issuer}/` } : forgery.claims
    const identity = identityBy({ ...forgery, ...(claims && { claims }) })
    expect(await identity.catch((error: unknown) => error)).toMatchObject({ code: 'provider-failed' })
  })

  test('[P3] what is told about somebody else does not count', async () => {
    issuer.userinfo = { sub: 'another', name: 'Another', email: 'another@example.org', email_verified: true }
    expect(await identityBy({}).catch((error: unknown) => error)).toBeInstanceOf(SignInProblem)
    issuer.userinfo = { sub: 'somebody', name: 'Somebody', email: 'some@example.org', email_verified: 'true' }
    expect(await identityBy({})).toMatchObject({ name: 'Somebody', email: { address: 'some@example.org' } })
  })

  test('[U11] tells how long ago they signed in there, by the clock of the issuer', async () => {
    const now = Math.floor(Date.now() / 1_000)
    const agoMs = async (claims: object) => (await identityBy({ claims: { ...claims } })).signedInAgoMs
    expect(await agoMs({ auth_time: now - 600, iat: now })).toBe(600_000)
    expect(await agoMs({ auth_time: now + 5, iat: now })).toBe(0)
    expect(await agoMs({})).toBeUndefined()
    const parts = {} as ProviderSignInParts // as: it is refused before anything is asked of them
    const stale = proveByProvider(parts, {} as Session, { issuer: 'x', subject: 'x', signedInAgoMs: 300_000 }) // as: above
    expect(await stale.catch((error: unknown) => error)).toMatchObject({ code: 'not-confirmed' })
  })

  test('[P4] an address of one statement is not checked by another', async () => {
    issuer.userinfo = { sub: 'somebody', email_verified: true }
    expect((await identityBy({ claims: { email: 'mine@example.org' } })).email).toBeUndefined()
    issuer.userinfo = { sub: 'somebody', email: 'other@example.org' }
    expect((await identityBy({ claims: { email_verified: true } })).email).toBeUndefined()
  })

  async function identityBy(forgery: Forgery): Promise<Identity> {
    issuer.forgery = forgery
    const checks = { state: 's'.repeat(43), nonce: 'n'.repeat(43), verifier: 'v'.repeat(43) }
    const url = await provider.authorizeUrl('http://127.0.0.1:1/callback', checks)
    const response = await fetch(url, { redirect: 'manual' })
    return provider.identify(new URL(response.headers.get('location') ?? ''), checks)
  }
})

describe('a document that changes', () => {
  let issuer: ForgingIssuer
  let clock: FakeClock
  let provider: OpenidProvider

  beforeEach(async () => {
    issuer = await startForgingIssuer()
    clock = new FakeClock()
    provider = await opened(issuer.issuer, issuer.secret, clock)
  })
  afterEach(async () => {
    provider.stop()
    await issuer.stop()
  })

  test('[P5] is read again every hour', async () => {
    expect(issuer.documentReads).toBe(1)
    for (const reads of [2, 3]) {
      clock.advance(59 * 60_000)
      expect(issuer.documentReads).toBe(reads - 1)
      clock.advance(60_000)
      await readTimes(reads)
    }
    issuer.tokenPath = '/moved'
    clock.advance(60 * 60_000)
    await untilTrue(async () => (await comesBack(provider)) === 'somebody')
    provider.stop()
    clock.advance(10 * 60 * 60_000)
    expect(issuer.documentReads).toBe(4)
  })

  test('[P5] is read again when an exchange fails, once a minute at most', async () => {
    issuer.tokenPath = '/moved'
    for (let i = 0; i < 5; i++) expect(await comesBack(provider)).toBe('provider-failed')
    expect(issuer.documentReads).toBe(1)
    clock.advance(60_000)
    expect(await comesBack(provider)).toBe('provider-failed')
    await readTimes(2)
    await untilTrue(async () => (await comesBack(provider)) === 'somebody')
    issuer.forgery = { isCut: true }
    for (let i = 0; i < 5; i++) expect(await comesBack(provider)).toBe('provider-failed')
    expect(issuer.documentReads).toBe(2)
  })

  test('[P5] counts as before while it cannot be read, or names somebody else', async () => {
    issuer.document = { issuer: 'https://evil.example', token_endpoint: 'https://evil.example/token' }
    clock.advance(60 * 60_000)
    await readTimes(2)
    expect(await comesBack(provider)).toBe('somebody')
    expect(provider.isReady).toBe(true)
    // Tried again as at the start: after a second, then less and less often.
    issuer.document = {}
    await untilTrue(async () => {
      clock.advance(1_000)
      return issuer.documentReads === 3
    })
    expect(await comesBack(provider)).toBe('somebody')
  })

  const readTimes = (times: number) =>
    untilTrue(async () => {
      clock.advance(0) // What became due while the one before was being read.
      return issuer.documentReads === times
    })
})

describe('discovery', () => {
  let corp: IdentityProvider
  let server: TestServer | undefined
  let origin: string

  afterEach(async () => {
    await server?.stop()
    await corp.stop()
  })

  async function start({ isAway = false, issuer }: { isAway?: boolean; issuer?: (real: string) => string } = {}) {
    const port = await freePort()
    origin = `http://127.0.0.1:${port}`
    corp = await startIdentityProvider({ origin, people: { ann: { name: 'Ann' } } })
    if (isAway) await corp.goAway()
    const settings = { ...corp.settings('CORP'), ...(issuer && { PARLEY_OIDC_CORP_ISSUER: issuer(corp.issuer) }) }
    server = await startTestServer({ settings: { PARLEY_PORT: String(port), ...settings } })
    return server
  }

  test('[P5] a provider that is away at the start is waited for, and everything else works', async () => {
    const running = await start({ isAway: true })
    const browser = new ProviderVisitor(origin)
    const ready = await fetch(`${origin}/readyz`)
    expect(ready.status).toBe(200)
    expect(await ready.json()).toMatchObject({ ok: true, providers: { corp: 'waiting' } })
    expect((await browser.goes(`${origin}/api/sign-in/corp`)).searchParams.get('error')).toBe('provider-away')
    expect((await browser.entersAsGuest('Somebody')).kind).toBe('guest')
    await browser.command('sign-out', {})
    await untilLogged(running, 'is not ready')
    await corp.comeBack()
    await untilReady(origin, 'corp')
    expect((await browser.signsIn('corp', 'ann')).pathname).toBe('/choose-name')
  })

  test('[P5] a provider that goes away later is said to be away, and works again afterwards', async () => {
    await start()
    await untilReady(origin, 'corp')
    const browser = new ProviderVisitor(origin)
    const callback = await browser.confirms('ann', await browser.leavesFor('corp'))
    await corp.goAway()
    expect((await browser.goes(callback)).searchParams.get('error')).toBe('provider-away')
    await corp.comeBack()
    expect((await browser.signsIn('corp', 'ann')).pathname).toBe('/choose-name')
  })

  test('[P5] a document that names another issuer is refused, in words that say what to do', async () => {
    for (const named of ['https://evil.example', 'http://127.0.0.1:1']) {
      const running = await start({ isAway: true })
      override({ issuer: named })
      await corp.comeBack()
      const problem = await untilLogged(running, named)
      expect(problem).toContain(`"${corp.issuer}" is configured`)
      expect(await readiness(origin)).toEqual({ corp: 'waiting' })
      await running.stop()
      await corp.stop()
    }
    server = undefined
  })

  test('[P5] an issuer with and without a slash at the end are two', async () => {
    const running = await start({ issuer: (real) => `${real}/` })
    expect(await untilLogged(running, 'letter by letter')).toContain(`"${corp.issuer}/" is configured`)
    expect(await readiness(origin)).toEqual({ corp: 'waiting' })
  })

  test.each([
    ['no keys', { jwks_uri: undefined }, 'jwks_uri'],
    ['no endpoint for tokens', { token_endpoint: undefined }, 'endpoint'],
    ['no endpoint for people', { authorization_endpoint: undefined }, 'endpoint'],
  ])('[P5] a document that names %s is refused', async (_, change, words) => {
    const running = await start({ isAway: true })
    override(change)
    await corp.comeBack()
    await untilLogged(running, words)
    expect(await readiness(origin)).toEqual({ corp: 'waiting' })
    // Once it is right, so is the provider.
    corp.overrides.clear()
    await untilReady(origin, 'corp')
  })

  test.each([
    ['a page', (body: (text: string, type: string) => void) => body('<!doctype html>', 'text/html')],
    ['no JSON', (body: (text: string, type: string) => void) => body('{', 'application/json')],
    ['a list', (body: (text: string, type: string) => void) => body('[]', 'application/json')],
  ])('[P5] %s in place of a document is refused', async (_, answer) => {
    const running = await start({ isAway: true })
    corp.overrides.set(DOCUMENT, (__, response) =>
      answer((text, type) => response.writeHead(200, { 'content-type': type }).end(text)),
    )
    await corp.comeBack()
    await untilAsked(corp)
    await untilLogged(running, 'is not ready')
    expect(await readiness(origin)).toEqual({ corp: 'waiting' })
  })

  function override(change: object): void {
    const at = (path: string) => `${corp.issuer}${path}`
    const document = {
      issuer: corp.issuer,
      authorization_endpoint: at('/auth'),
      token_endpoint: at('/token'),
      jwks_uri: at('/jwks'),
      response_types_supported: ['code'],
      ...change,
    }
    corp.overrides.set(DOCUMENT, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
    })
  }
})

test('[P5] it is tried again for ever, after a second at first and every minute at last', () => {
  const clock = new FakeClock()
  const backoff = new Backoff(clock)
  const waits: number[] = []
  let since = clock.now()
  const again = () => {
    waits.push(clock.now() - since)
    since = clock.now()
    backoff.next(again)
  }
  backoff.next(again)
  while (waits.length < 40) clock.advance(1)
  for (const [index, wait] of waits.entries()) {
    const most = Math.min(60_000, 1_000 * 2 ** index)
    expect(wait).toBeWithin(most / 2, most + 1)
  }
  backoff.stop()
  const calls = waits.length
  clock.advance(120_000)
  expect(waits).toHaveLength(calls)
})

const DOCUMENT = '/.well-known/openid-configuration'

/** Goes round once; the subject, or what went wrong. */
async function comesBack(provider: OpenidProvider): Promise<string> {
  const checks = { state: 's'.repeat(43), nonce: 'n'.repeat(43), verifier: 'v'.repeat(43) }
  const url = await provider.authorizeUrl('http://127.0.0.1:1/callback', checks)
  const response = await fetch(url, { redirect: 'manual' })
  return provider.identify(new URL(response.headers.get('location') ?? ''), checks).then(
    ({ subject }) => subject,
    (error: unknown) => (error instanceof SignInProblem ? error.code : String(error)),
  )
}

async function untilTrue(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('It did not come to that within ten seconds.')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function opened(issuer: string, clientSecret: string, clock = new FakeClock()): Promise<OpenidProvider> {
  const ready = Promise.withResolvers<void>()
  const log = {
    info: () => ready.resolve(),
    warn: (_: unknown, words?: string) => ready.reject(new Error(words)),
    debug: () => undefined,
  }
  const about = { id: 'x', label: 'X', clientId: 'parley', clientSecret, scopes: 'openid' }
  const provider = new OpenidProvider({ settings: { kind: 'openid', issuer, ...about }, clock, log })
  provider.start()
  await ready.promise
  return provider
}

/** The first record of the log with these words. */
async function untilLogged({ records, url }: TestServer, words: string): Promise<string> {
  const deadline = Date.now() + 10_000
  for (;;) {
    const found = records.find((record) => (JSON.parse(record) as { msg: string }).msg.includes(words))
    if (found) return (JSON.parse(found) as { msg: string }).msg
    if (Date.now() > deadline) throw new Error(`Not logged: ${words}. But: ${records.join('')}`)
    await fetch(`${url}/healthz`)
  }
}

async function untilAsked(provider: IdentityProvider): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!provider.asked.includes(DOCUMENT)) {
    if (Date.now() > deadline) throw new Error('Its document was not asked for.')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
