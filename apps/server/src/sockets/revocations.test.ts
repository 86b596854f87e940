import { afterAll, beforeAll, expect, test } from 'bun:test'
import { CLOSE_CODES, newId, type SessionId, type UserId } from '@parley/protocol'
import { type Peer, post, startTestServer, type TestServer } from '../testing/test-server.contract.ts'

const PASSWORD = 'violet tram over water'
const LIMITS = 'passwords=100000/min,all-passwords=100000/min,guests=100000/min,posts=10000/s'
const LONGEST_MS = 1_000

let server: TestServer
let owner: Account
let riser: Account
beforeAll(async () => {
  server = await startTestServer({ settings: { PARLEY_LIMITS: LIMITS } })
  owner = await account('owner')
  await run('become-owner', { token: server.app.setUpToken }, owner.token)
  riser = await account('riser')
  await account('changer')
}, 30_000)
afterAll(() => server.stop())

interface Account {
  readonly user: { readonly id: UserId; readonly handle: string }
  readonly token: string
}

/** What ends a session, each over its own way; gives the peers whose sockets must close. Guests, where no password is asked. */
const WAYS: Record<string, (name: string) => Promise<readonly Peer[]>> = {
  async 'sign-out'(name) {
    const { token, peer } = await guest(name)
    await run('sign-out', {}, token)
    return [peer]
  },
  async 'end-session'(name) {
    const [here, there] = await devices(name, 2)
    if (!here || !there) throw new Error('They have two devices.')
    const { sessions } = await query<{ sessions: { id: SessionId; isCurrent: boolean }[] }>('list-sessions', here.token)
    await run('end-session', { sessionId: sessions.find(({ isCurrent }) => !isCurrent)?.id }, here.token)
    return [there.peer]
  },
  async 'end-other-sessions'(name) {
    const [here, ...others] = await devices(name, 3)
    await run('end-other-sessions', {}, here?.token)
    return others.map(({ peer }) => peer)
  },
  async 'change-password'() {
    const [here, there] = [await signedIn('changer'), await signedIn('changer')]
    const peer = await server.connect(there)
    await run('change-password', { current: PASSWORD, next: PASSWORD }, here)
    return [peer]
  },
  async 'delete-account'(name) {
    const { token, peer } = await guest(name)
    await run('delete-account', { messages: 'keep' }, token)
    return [peer]
  },
  async 'disable-person'(name) {
    const { user, peer } = await guest(name)
    await run('disable-person', { userId: user.id }, owner.token)
    return [peer]
  },
  async 'sign-out-person'(name) {
    const { user, peer } = await guest(name)
    await run('sign-out-person', { userId: user.id }, owner.token)
    return [peer]
  },
  async 'set-person-role'() {
    const peer = await server.connect(await signedIn('riser'))
    await run('set-person-role', { userId: riser.user.id, role: 'administrator' }, owner.token)
    expect(await peer.does('change-settings', {})).toBeDefined()
    await run('set-person-role', { userId: riser.user.id, role: 'member' }, owner.token)
    return [peer]
  },
}

test('[U9] 100 revocations close every socket within a second, at the most', async () => {
  const took: number[] = []
  const ways = Object.entries(WAYS)
  for (let i = 0; took.length < 100; i++) {
    const [way, revoke] = ways[i % ways.length] ?? []
    if (!way || !revoke) throw new Error('There is no way.')
    const peers = await revoke(`${way} ${i}`)
    const answeredAt = performance.now()
    for (const peer of peers) {
      const { code } = await within(LONGEST_MS, way, peer.closed)
      expect([way, code]).toEqual([way, CLOSE_CODES['session-ended'].code])
      took.push(performance.now() - answeredAt)
    }
  }
  expect(took.length).toBeGreaterThanOrEqual(100)
  expect(Math.max(...took)).toBeLessThan(LONGEST_MS)
}, 120_000)

test('[U9] whoever is disabled neither reconnects nor asks over HTTP', async () => {
  const { user, token } = await guest('kept out')
  await run('disable-person', { userId: user.id }, owner.token)
  const rooms = await post(`${server.url}/api/queries/list-my-rooms`, {}, { Authorization: `Bearer ${token}` })
  expect(rooms.status).toBe(401)
  const socket = await fetch(`${server.url}/socket`, {
    headers: {
      Authorization: `Bearer ${token}`,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    },
  })
  expect(socket.status).toBe(401)
})

async function account(name: string): Promise<Account> {
  return run('register', { handle: name, name, password: PASSWORD })
}

async function guest(name: string) {
  const [device] = await devices(name, 1)
  if (!device) throw new Error('Nobody entered.')
  return device
}

/** One guest on several devices: the same ask gives each a session of its own. */
async function devices(name: string, count: number): Promise<(Account & { peer: Peer })[]> {
  const key = { 'Idempotency-Key': newId() }
  const url = `${server.url}/api/commands/enter`
  const made: (Account & { peer: Peer })[] = []
  while (made.length < count) {
    const entered = await answerOf<Account>(await post(url, { name, secret: 'x'.repeat(20) }, key))
    made.push({ ...entered, peer: await server.connect(entered.token) })
  }
  return made
}

async function signedIn(handle: string): Promise<string> {
  const { token } = await run<{ token: string }>('sign-in', { handle, password: PASSWORD })
  return token
}

const headers = (token?: string) => (token === undefined ? {} : { Authorization: `Bearer ${token}` })

async function run<T>(name: string, input: object, token?: string): Promise<T> {
  return answerOf(await post(`${server.url}/api/commands/${name}`, input, headers(token)))
}

async function query<T>(name: string, token: string): Promise<T> {
  return answerOf(await post(`${server.url}/api/queries/${name}`, {}, headers(token)))
}

async function answerOf<T>(response: Response): Promise<T> {
  if (!response.ok) throw new Error(`${response.url}: ${await response.text()}`)
  return (await response.json()) as T
}

function within<T>(ms: number, what: string, promise: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error(`${what}: nothing within ${ms} ms.`)), ms),
  )
  return Promise.race([promise, late])
}
