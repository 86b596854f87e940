import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { newId } from '@parley/protocol'
import { post, startTestServer, type TestServer } from '../testing/test-server.contract.ts'

const PASSWORD = 'violet tram over water'
const GENEROUS = 'passwords=100000/min,all-passwords=100000/min,links=100000/min,guests=100000/min'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ settings: { PARLEY_LIMITS: GENEROUS } })
})
afterAll(() => server.stop())

type Headers = Record<string, string>
const run = (on: TestServer, name: string, input: object, headers: Headers = {}) =>
  post(`${on.url}/api/commands/${name}`, input, headers)
const ask = (name: string, input: object, headers: Headers = {}) => run(server, name, input, headers)
const register = (handle: string, headers: Headers = {}, on = server) =>
  run(on, 'register', { handle, name: handle, password: PASSWORD }, headers)
const bearer = (token: string): Headers => ({ Authorization: `Bearer ${token}` })
const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? ''
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code
const whoAmI = async (headers: Headers) =>
  ((await (await fetch(`${server.url}/api/session`, { headers })).json()) as { user: { id: string } | null }).user

async function account(handle: string, on = server) {
  const response = await register(handle, {}, on)
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as { user: { id: string; handle: string }; token: string }
}

describe('signing in', () => {
  test('[U3] register and sign-in give a page a cookie and no token, a script both', async () => {
    for (const asked of [
      (headers: Headers) => register(headers.Origin ? 'paula.page' : 'sam.script', headers),
      (headers: Headers) => ask('sign-in', { handle: 'paula.page', password: PASSWORD }, headers),
    ]) {
      const page = await asked({ Origin: server.url })
      expect(page.status).toBe(200)
      expect(await page.json()).not.toHaveProperty('token')
      expect(page.headers.get('set-cookie')).toMatch(
        /^parley_session=\S+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/,
      )
      expect(page.headers.get('cache-control')).toBe('private, no-store')
      const script = await asked({})
      expect(await script.json()).toHaveProperty('token')
    }
  })

  test('[U3] with HTTPS the cookie is Secure and bound to this host', async () => {
    const origin = 'https://chat.example.org'
    const https = await startTestServer({ settings: { PARLEY_URL: origin } })
    try {
      const cookie = (await register('hanna', { Origin: origin }, https)).headers.get('set-cookie')
      expect(cookie).toMatch(/^__Host-parley_session=\S+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax; Secure$/)
    } finally {
      await https.stop()
    }
  })

  test('[U2] whoever fails is answered alike to the byte, but for the time', async () => {
    await account('known.person')
    await ask('enter', { name: 'nameonly', secret: 'x'.repeat(20) })
    const answers = new Set<string>()
    for (const [handle, password] of [
      ['known.person', 'not the password'],
      ['nobody.at.all', PASSWORD],
      ['nameonly', PASSWORD],
      ['known.person', ''],
      ['', ''],
    ]) {
      const response = await ask('sign-in', { handle, password }, { Origin: server.url })
      const headers = [...response.headers].filter(([name]) => name !== 'date')
      answers.add(JSON.stringify([response.status, headers, await response.text()]))
    }
    expect(answers.size).toBe(1)
    expect([...answers][0]).toContain('wrong-credentials')
    expect([...answers][0]).toContain('[401,')
  })

  test('[U3] signing in takes the place of the session that the browser had', async () => {
    const before = cookieOf(await ask('enter', { name: 'Planted', secret: 'x'.repeat(20) }, { Origin: server.url }))
    await account('fixated')
    const after = await ask(
      'sign-in',
      { handle: 'fixated', password: PASSWORD },
      { Origin: server.url, cookie: before },
    )
    expect(cookieOf(after)).not.toBe(before)
    expect(await whoAmI({ cookie: before })).toBeNull()
    expect(await whoAmI({ cookie: cookieOf(after) })).toMatchObject({ handle: 'fixated' })
  })

  test('[U3] claiming gives a new cookie or token, and its sockets go on', async () => {
    const { user, token } = await server.enter('Clara')
    const peer = await server.connect(token)
    const claimed = await ask('claim-account', { password: PASSWORD }, bearer(token))
    const { token: next } = (await claimed.json()) as { token: string }
    expect(await whoAmI(bearer(token))).toBeNull()
    expect(await whoAmI(bearer(next))).toMatchObject({ id: user.id, kind: 'account' })
    await peer.does('create-room', { name: 'Made after claiming' })
    const page = await ask('enter', { name: 'Clemens', secret: 'x'.repeat(20) }, { Origin: server.url })
    const cookie = cookieOf(page)
    const answer = await ask('claim-account', { password: PASSWORD }, { cookie, Origin: server.url })
    expect(await answer.json()).not.toHaveProperty('token')
    expect(await whoAmI({ cookie })).toBeNull()
    expect(await whoAmI({ cookie: cookieOf(answer) })).toMatchObject({ kind: 'account' })
  })

  test('[H5] no foreign page signs anybody in, up, out or away', async () => {
    const { token } = await account('victim')
    const cookie = cookieOf(await ask('sign-in', { handle: 'victim', password: PASSWORD }, { Origin: server.url }))
    const everything = [
      ['enter', { name: 'x', secret: 'x'.repeat(20) }],
      ['register', { handle: 'evil', name: 'evil', password: PASSWORD }],
      ['sign-in', { handle: 'victim', password: PASSWORD }],
      ['claim-account', { password: PASSWORD }],
      ['change-password', { current: PASSWORD, next: 'another tram at night' }],
      ['delete-account', { password: PASSWORD, messages: 'erase' }],
      ['describe-account', {}],
      ['confirm-identity', { password: PASSWORD }],
      ['unlink-provider', { linkId: newId() }],
      ['end-session', { sessionId: newId() }],
      ['end-other-sessions', {}],
      ['become-owner', { token: 'x' }],
      ['accept-invitation', { token: 'x' }],
      ['describe-invitation', { token: 'x' }],
      ['sign-out', {}],
    ] as const
    for (const Origin of [
      'null',
      'http://evil.example',
      `${server.url}.evil.example`,
      server.url.replace('http', 'HTTP'),
    ]) {
      for (const [name, input] of everything) {
        expect([name, Origin, await codeOf(await ask(name, input, { Origin, cookie }))]).toEqual([
          name,
          Origin,
          'origin-refused',
        ])
      }
    }
    expect(await whoAmI(bearer(token))).toMatchObject({ handle: 'victim' })
  })

  test('[H5] what needs a session is not-signed-in without one', async () => {
    for (const name of [
      'claim-account',
      'change-password',
      'delete-account',
      'describe-account',
      'confirm-identity',
      'unlink-provider',
      'end-session',
      'end-other-sessions',
      'become-owner',
      'accept-invitation',
    ]) {
      expect([name, await codeOf(await ask(name, {}))]).toEqual([name, 'not-signed-in'])
    }
  })

  test('[A8] what is no input is invalid-input', async () => {
    const { token } = await account('strict.inputs')
    for (const [name, input] of [
      ['register', { handle: 1, name: 'x', password: PASSWORD }],
      ['register', { handle: 'ok', name: 'x' }],
      ['sign-in', { handle: ['a'], password: PASSWORD }],
      ['sign-in', { handle: 'a', password: null }],
      ['sign-in', { handle: 'a', password: 'x'.repeat(5_000) }],
      ['delete-account', { password: PASSWORD }],
      ['confirm-identity', {}],
      ['unlink-provider', { linkId: '1' }],
      ['end-session', { sessionId: '../../etc' }],
      ['become-owner', {}],
    ] as const) {
      expect([name, await codeOf(await ask(name, input, bearer(token)))]).toEqual([name, 'invalid-input'])
    }
  })

  test('[U8] deleting the account takes the cookie away', async () => {
    const cookie = cookieOf(await register('leaver', { Origin: server.url }))
    const headers = { cookie, Origin: server.url }
    const refused = await ask('delete-account', { password: 'wrong', messages: 'keep' }, headers)
    expect(await codeOf(refused)).toBe('wrong-password')
    const gone = await ask('delete-account', { password: PASSWORD, messages: 'keep' }, headers)
    expect(gone.headers.get('set-cookie')).toContain('Max-Age=0')
    expect(await whoAmI({ cookie })).toBeNull()
  })
})

describe('GET /api/instance', () => {
  test('[U6] says before anybody is signed in how to come in, and whether there is an owner', async () => {
    const fresh = await startTestServer()
    const instance = async () => (await fetch(`${fresh.url}/api/instance`)).json()
    try {
      expect(await instance()).toEqual({
        guests: true,
        signUp: 'open',
        emailDomains: [],
        providers: [],
        needsOwner: true,
      })
      const { token } = await account('boss', fresh)
      const made = await run(fresh, 'become-owner', { token: fresh.app.setUpToken ?? '' }, bearer(token))
      expect(await made.json()).toMatchObject({ user: { role: 'owner' } })
      await run(fresh, 'change-settings', { guests: false, signUp: 'invitation' }, bearer(token))
      expect(await instance()).toMatchObject({ guests: false, signUp: 'invitation', needsOwner: false })
      const { token: link } = (await (await run(fresh, 'create-invitation', {}, bearer(token))).json()) as {
        token: string
      }
      const described = await run(fresh, 'describe-invitation', { token: link })
      expect(await described.json()).toMatchObject({ invitedBy: { handle: 'boss' } })
      expect(await codeOf(await run(fresh, 'register', { handle: 'ann', name: 'Ann', password: PASSWORD }))).toBe(
        'invitation-needed',
      )
      const invited = { handle: 'ann', name: 'Ann', password: PASSWORD, invitation: link }
      expect((await run(fresh, 'register', invited)).status).toBe(200)
    } finally {
      await fresh.stop()
    }
  })
})

describe('limits', () => {
  test('[H6] wrong passwords for one handle run out, in every spelling; right ones and other handles go on', async () => {
    const strict = await startTestServer({ settings: { PARLEY_LIMITS: 'sign-in-tries=5/h' } })
    const signIn = async (handle: string, password: string) =>
      (await run(strict, 'sign-in', { handle, password })).status
    try {
      await account('target', strict)
      await account('bystander', strict)
      for (let i = 0; i < 8; i++) expect(await signIn('target', PASSWORD)).toBe(200)
      for (const handle of ['target', 'TARGET', '@target', ' target ', 'Target'])
        expect(await signIn(handle, 'wrong')).toBe(401)
      for (const handle of ['target', 'TARGET', '@Target']) expect(await signIn(handle, PASSWORD)).toBe(429)
      expect(await signIn('bystander', PASSWORD)).toBe(200)
      // Nobody learns from the limit who is known.
      for (let i = 0; i < 5; i++) expect(await signIn('nobody', 'wrong')).toBe(401)
      expect(await signIn('nobody', 'wrong')).toBe(429)
    } finally {
      await strict.stop()
    }
  }, 30_000)

  test('[H6] the present password is guessed as seldom by whoever found a session', async () => {
    const strict = await startTestServer({ settings: { PARLEY_LIMITS: 'sign-in-tries=3/h' } })
    try {
      const { token } = await account('target', strict)
      const guess = async (name: string, input: object) => (await run(strict, name, input, bearer(token))).status
      for (let i = 0; i < 3; i++) {
        expect(await guess('change-password', { current: `guess ${i}`, next: 'another tram at night' })).toBe(403)
      }
      expect(await guess('change-password', { current: PASSWORD, next: 'another tram at night' })).toBe(429)
      expect(await guess('delete-account', { password: PASSWORD, messages: 'keep' })).toBe(429)
    } finally {
      await strict.stop()
    }
  })

  test('[H6] forged X-Forwarded-For headers dodge nothing', async () => {
    const strict = await startTestServer({ settings: { PARLEY_LIMITS: 'passwords=3/h,guests=3/h,links=3/h' } })
    try {
      const last: Record<string, number> = {}
      for (let i = 0; i < 5; i++) {
        const forged = { 'X-Forwarded-For': `203.0.${i}.7`, 'X-Real-IP': `203.0.${i}.7`, Forwarded: `for=203.0.${i}.7` }
        last.signIn = (await run(strict, 'sign-in', { handle: `nobody${i}`, password: 'x' }, forged)).status
        last.enter = (await run(strict, 'enter', { name: `Guest ${i}`, secret: 'x'.repeat(20) }, forged)).status
        last.link = (await run(strict, 'describe-invitation', { token: `${i}` }, forged)).status
      }
      expect(last).toEqual({ signIn: 429, enter: 429, link: 429 })
    } finally {
      await strict.stop()
    }
  })

  test('[H6] behind a trusted proxy people are counted by the address that it saw, by /24 and /64', async () => {
    const settings = { PARLEY_LIMITS: 'passwords=2/h', PARLEY_TRUSTED_PROXIES: '127.0.0.1' }
    const proxied = await startTestServer({ settings })
    let count = 0
    const from = async (address: string) =>
      (await run(proxied, 'sign-in', { handle: `nobody${count++}`, password: 'x' }, { 'X-Forwarded-For': address }))
        .status
    try {
      expect([await from('203.0.113.1'), await from('203.0.113.2'), await from('9.9.9.9, 203.0.113.3')]).toEqual([
        401, 401, 429,
      ])
      expect(await from('203.0.114.1')).toBe(401)
      expect([
        await from('2001:db8:1:2::1'),
        await from('2001:db8:1:2:a::2'),
        await from('2001:db8:1:2:ffff::3'),
      ]).toEqual([401, 401, 429])
      expect(await from('2001:db8:1:3::1')).toBe(401)
    } finally {
      await proxied.stop()
    }
  })
})

describe('secrets', () => {
  test('[U10] nothing that was typed or could sign somebody in is in the log or in an answer', async () => {
    const quiet = await startTestServer({ settings: { PARLEY_LOG: 'trace', PARLEY_LIMITS: GENEROUS } })
    try {
      const password = 'canary kettle lamp 42'
      const ask = { handle: 'canny', name: 'Canny', password, email: 'canary@example.org' }
      const answers: string[] = []
      const keep = async (response: Response) => {
        const text = await response.text()
        answers.push(text)
        return text
      }
      const { token } = JSON.parse(await (await run(quiet, 'register', ask)).text()) as { token: string }
      const owner = quiet.app.setUpToken ?? ''
      await keep(await run(quiet, 'sign-in', { handle: 'canny', password: 'canary wrong one' }))
      await keep(await run(quiet, 'sign-in', { handle: 'canny', password: { canary: 1 } }))
      await keep(await run(quiet, 'change-password', { current: 'canary wrong', next: 'canary' }, bearer(token)))
      await keep(await run(quiet, 'become-owner', { token: owner }, bearer(token)))
      await keep(await post(`${quiet.url}/api/queries/list-people`, {}, bearer(token)))
      await keep(await post(`${quiet.url}/api/queries/list-sessions`, {}, bearer(token)))
      await keep(await post(`${quiet.url}/api/queries/get-users`, { ids: [] }, bearer(token)))
      const logged = quiet.records.join('\n')
      for (const secret of [password, 'canary', token, token.split('.')[0] ?? token, owner, 'argon2id']) {
        expect(logged).not.toContain(secret)
      }
      const said = answers.join('\n').replaceAll('canary@example.org', '') // which administrators may see
      for (const secret of ['canary kettle', 'canary wrong', token.split('.')[0] ?? token, owner, 'argon2id']) {
        expect(said).not.toContain(secret)
      }
    } finally {
      await quiet.stop()
    }
  })
})
