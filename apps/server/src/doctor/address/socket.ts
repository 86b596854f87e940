import { randomBytes } from 'node:crypto'
import { type ClientFrame, newId, PROTOCOL_VERSION, TIMES } from '@parley/protocol'
import { type Finding, failing, ok, warning } from '../finding.ts'
import { ask, reasonOf } from './probe.ts'

/** Two heartbeats and what they may be late by: a proxy that ends what says nothing would have done so. */
const SILENT_MS = 2 * TIMES.heartbeatMs + 2_000
const LIMIT_MS = 10_000

export interface SocketAsk {
  /** Of somebody who is signed in; without one a guest is made, and removed again. */
  readonly token?: string | undefined
  readonly mayMakeGuest: boolean
}

/** Whether WebSocket passes the proxy both ways, and stays while nothing is said. */
export async function examineSocket(url: URL, { token, mayMakeGuest }: SocketAsk): Promise<Finding[]> {
  try {
    const upgrade = await upgradeFinding(url)
    if (upgrade.state !== 'ok') return [upgrade]
    if (token !== undefined) return [upgrade, await silence(url, token)]
    if (!mayMakeGuest) return [upgrade]
    return [upgrade, await asGuest(url)]
  } catch (error) {
    return [failing('websocket', `It does not open at ${url.origin}/socket (${reasonOf(error)})`, PROXY)]
  }
}

const PROXY = 'Let the proxy pass the upgrade of /socket: see deploy/nginx.conf or deploy/Caddyfile.'

/** A stranger who asks for a socket is turned away by the server, with 401; where the proxy swallows the upgrade, with 426. */
async function upgradeFinding(url: URL): Promise<Finding> {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    Authorization: 'Bearer nobody',
  }
  const { status } = await ask(new URL('/socket', url), { headers })
  if (status === 401) return ok('websocket', 'the upgrade passes')
  if (status === 426) return failing('websocket', 'The upgrade does not pass the proxy', PROXY)
  return failing('websocket', `/socket answers ${status} instead of Parley's word`, PROXY)
}

async function asGuest(url: URL): Promise<Finding> {
  const secret = randomBytes(24).toString('base64url')
  const entered = await command(url, 'enter', { name: `Doctor ${randomBytes(4).toString('hex')}`, secret })
  if (typeof entered.token !== 'string') {
    const says = `not held open: no guest comes in (${entered.code ?? 'refused'})`
    return ok('websocket', `${says}; give PARLEY_DOCTOR_TOKEN, the token of a session, to have it held`)
  }
  try {
    return await silence(url, entered.token)
  } finally {
    await command(url, 'delete-account', { messages: 'erase' }, entered.token)
  }
}

/** Greets, then says nothing for longer than two heartbeats and listens for them. */
async function silence(url: URL, token: string): Promise<Finding> {
  const address = new URL('/socket', url)
  address.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  // as: Bun takes headers as its second argument, which the browser's type does not know.
  const Socket = WebSocket as unknown as new (url: string, options: object) => WebSocket
  const socket = new Socket(address.href, {
    headers: { Authorization: `Bearer ${token}` },
    tls: { rejectUnauthorized: false },
  })
  const { promise, resolve, reject } = Promise.withResolvers<Finding>()
  let beats = 0
  let timer = setTimeout(() => reject(new Error('no welcome')), LIMIT_MS)
  socket.onopen = () => {
    socket.send(JSON.stringify({ type: 'hello', protocol: PROTOCOL_VERSION } satisfies ClientFrame))
  }
  socket.onmessage = ({ data }) => {
    const { type }: { type?: string } = JSON.parse(String(data))
    if (type === 'heartbeat') beats += 1
    if (type !== 'welcome') return
    clearTimeout(timer)
    timer = setTimeout(() => resolve(judgeBeats(beats)), SILENT_MS)
  }
  socket.onclose = ({ code }) => resolve(cutFinding(code))
  socket.onerror = () => reject(new Error('it breaks'))
  return promise.finally(() => {
    clearTimeout(timer)
    socket.onclose = null
    socket.close()
  })
}

function judgeBeats(beats: number): Finding {
  const seconds = Math.round(SILENT_MS / 1_000)
  if (beats >= 2) return ok('websocket', `it stays open for ${seconds} s of silence, and heartbeats come`)
  return warning(
    'websocket',
    `In ${seconds} s came ${beats} heartbeats instead of two`,
    'The proxy holds back what comes from the server: switch its buffering off for /socket.',
  )
}

function cutFinding(code: number): Finding {
  return failing(
    'websocket',
    `It was cut while nobody said anything (${code})`,
    'Let the proxy wait for at least 60 s (proxy_read_timeout of Nginx).',
  )
}

async function command(
  url: URL,
  name: string,
  input: object,
  token?: string,
): Promise<{ token?: unknown; code?: string }> {
  const answer = await fetch(new URL(`/api/commands/${name}`, url), {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Idempotency-Key': newId<string>(),
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(LIMIT_MS),
    // as: Bun's own; whether the certificate holds was judged already.
    ...({ tls: { rejectUnauthorized: false } } as object),
  })
  return answer.json().catch(() => ({})) as Promise<{ token?: unknown; code?: string }> // as: JSON of ours
}
