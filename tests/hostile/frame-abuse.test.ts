import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { PROTOCOL_VERSION } from '@parley/protocol'
import { frame, RawSocket } from '../../apps/server/src/testing/raw-socket.contract.ts'
import { memoryKb } from '../../bench/lib/proc.ts'
import { hostileInputDocument, path } from '../../scripts/generate-hostile-doc.ts'
import { startServer, stopServers, type TestServer } from '../support/harness.ts'
import { enterAsGuest } from '../support/person.ts'
import { ABUSES, type Abuse, type Answer } from './abuses.ts'
import { Bystander } from './bystander.ts'

// Raw TCP against a real server: what it answers to each item of the list, while somebody else goes on talking to it.

let server: TestServer
let bystander: Bystander
let token: string
let memoryBefore: number
const slow = new Map<Abuse, Promise<Answer>>()

beforeAll(async () => {
  server = await startServer()
  token = (await enterAsGuest(server.url, 'Mallory')).token
  bystander = await Bystander.arrives(server, 'Bystander')
  memoryBefore = memoryKb(server.pid ?? 0).rss
  for (const abuse of ABUSES) if (abuse.takesS !== undefined) slow.set(abuse, answerTo(abuse))
})
afterAll(stopServers)

test.each(ABUSES.filter(({ takesS }) => takesS === undefined).map((abuse) => [abuse.name, abuse] as const))(
  '[G14] %s',
  async (_, abuse) => {
    expect(await answerTo(abuse)).toBe(abuse.answer)
  },
)

test('[G14] a fifth of all abuses at once, ten times, leaves the server as it was', async () => {
  const quick = ABUSES.filter(({ takesS }, index) => takesS === undefined && index % 5 === 0)
  for (let round = 0; round < 10; round++) {
    const answers = await Promise.all(quick.map(answerTo))
    expect(answers).toEqual(quick.map(({ answer }) => answer))
  }
}, 60_000)

test('[G14] half-open peers and headers without an end are ended in time', async () => {
  for (const [abuse, answer] of slow) expect([abuse.name, await answer]).toEqual([abuse.name, abuse.answer])
}, 70_000)

test('[G14] meanwhile everybody else was served, nothing faulted, and memory is what it was', async () => {
  const { asked, stayedS, p99, most } = await bystander.leaves()
  const grownMb = (memoryKb(server.pid ?? 0).rss - memoryBefore) / 1024
  console.log(`bystander: ${asked} answers, p99 ${p99} ms, at most ${most} ms; memory ${grownMb.toFixed(0)} MiB more`)
  expect(asked).toBeGreaterThan(stayedS)
  // Generous, since others share the machine.
  expect(p99).toBeLessThan(3_000)
  expect(grownMb).toBeLessThan(150)
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  expect(/^parley_faults_total (\d+)/m.exec(metrics)?.[1]).toBe('0')
})

test('the table in docs/hostile-input.md tells what was seen here', () => {
  expect(readFileSync(path, 'utf8')).toBe(hostileInputDocument(readFileSync(path, 'utf8')))
})

async function answerTo(abuse: Abuse): Promise<Answer> {
  const line = new RawSocket(server.port)
  try {
    if (abuse.after !== 'connecting') await line.upgrade({ Authorization: `Bearer ${token}` })
    if (abuse.after === 'welcome') {
      line.text({ type: 'hello', protocol: PROTOCOL_VERSION })
      await line.seesText('"welcome"')
    }
    await abuse.does(line, token)
    if (abuse.after === 'connecting') {
      const status = await line.answered()
      return status === 0 ? 'cut' : `HTTP ${status}`
    }
    return await (abuse.takesS === undefined ? whatComes(line, abuse.answer) : ended(line))
  } finally {
    line.destroy()
  }
}

/** The end of the connection, unless it still answers a ping; then also what it was expected to say. */
async function whatComes(line: RawSocket, expected: Answer): Promise<Answer> {
  const words = typeof expected === 'string' && expected.startsWith('goes on: ') ? expected.slice(9) : undefined
  const alive = async (): Promise<Answer> => {
    if (words !== undefined) await line.seesText(words)
    const pong = line.seesPong()
    line.write(frame({ opcode: 9, payload: Buffer.from('still there') }))
    await pong
    return expected
  }
  // What ends a connection may be decided a turn later than a ping is answered.
  return typeof expected === 'string' && expected.startsWith('goes on')
    ? Promise.race([alive().catch(() => ended(line)), ended(line)])
    : ended(line)
}

async function ended(line: RawSocket): Promise<Answer> {
  const code = await line.ended
  return code === 1006 ? 'cut' : code
}
