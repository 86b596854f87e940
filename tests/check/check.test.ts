import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readHistory } from '../../apps/cli/src/check/history.ts'
import { checkHistory } from '../../apps/cli/src/check/history-checker.ts'
import type { CheckReport } from '../../apps/cli/src/check/run-check.ts'
import { parley, type Said } from '../support/command-line.ts'
import { startServer, stopServers, type TestServer } from '../support/harness.ts'
import { startLyingProxy } from '../support/lying-proxy.ts'
import { type Owner, ownerOf } from './owner.ts'

// `parley check` as its user meets it, against servers that keep their promises, or that it cannot check.

let server: TestServer
let owner: Owner
/** It tries for a minute to remove what it made, so it runs beside all the others. */
let abandoned: Promise<Said>
beforeAll(async () => {
  server = await startServer({ database: 'sqlite' })
  abandoned = checkOfOneThatGoesAway()
  abandoned.catch(() => undefined) // Its test tells.
  owner = await ownerOf(server)
}, 60_000)
afterAll(stopServers)

const check = (url: string, ...words: string[]) => parley(server, ['check', '--url', url, ...words])

test('a healthy server holds all twelve, and is as before afterwards', async () => {
  const before = await owner.everything()
  const { code, output } = await check(server.url, '--seconds', '5', '--seed', '11').ended
  expect(code, output).toBe(0)
  expect(output).toContain('All twelve held.')
  expect(output).toContain('seed 11')
  expect(output).toMatch(/held {3}I5 {2}what a client applied .*: [\d,]+ events at 8 people/)
  expect(output).toContain('Removed: 3 rooms, 10 people, and all their messages.')
  await owner.waitsFor(before)
}, 60_000)

test('a broken promise is exit code 4, and what was seen is said', async () => {
  await using proxy = startLyingProxy(server.url, {
    answers: (path, body) => {
      const isNewest = path.endsWith('/list-messages') && Object(body).messages.length === 1
      return isNewest ? { ...Object(body), seq: 0 } : body
    },
  })
  const { code, output } = await check(proxy.url, '--seconds', '2', '--people', '3', '--rooms', '1').ended
  expect(code, output).toBe(4)
  expect(output).toMatch(/BROKEN I12 .*\n {11}check \w+ \d read room:\S+ up to 0 after \d+ had been acknowledged/)
}, 60_000)

test('stopped by Ctrl+C it removes what it made, and judges nothing', async () => {
  const before = await owner.everything()
  const run = check(server.url, '--seconds', '60', '--people', '4')
  await saying(run, 'Talking')
  run.child.kill('SIGINT')
  const { code, output } = await run.ended
  expect(code, output).toBe(1)
  expect(output).toContain('stopped, so nothing was judged')
  expect(output).not.toContain('Not removed')
  await owner.waitsFor(before)
}, 60_000)

// Each with a server of its own, and most of it is waiting.
test.concurrent('PostgreSQL holds all twelve; the report is JSON for programs, and the history is kept and judged alike', async () => {
  const folder = mkdtempSync(join(tmpdir(), `parley-check-${process.pid}-`))
  await using postgres = await startServer({ database: 'postgres' })
  try {
    const path = join(folder, 'history.jsonl')
    const said = await check(postgres.url, '--seconds', '3', '--json', '--keep-history', path).ended
    expect(said.code, said.output).toBe(0)
    const report = JSON.parse(said.output.slice(said.output.indexOf('{\n'))) as CheckReport
    expect(report.verdicts.map(({ result }) => result)).toEqual(Array.from({ length: 12 }, () => 'held'))
    expect(report.removal).toEqual({ rooms: 3, people: 10, left: [] })
    expect(checkHistory(readHistory(path))).toEqual([])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 60_000)

test.concurrent('a server that is busy is no fault: the check slows down and says so', async () => {
  await using strict = await startServer({ database: 'sqlite', env: { PARLEY_LIMITS: 'posts=4/s,guests=20/s' } })
  const { code, output } = await check(strict.url, '--seconds', '4', '--people', '3', '--rate', '50').ended
  expect(code, output).toBe(0)
  expect(output).toMatch(/asked the check [\d,]+ times? to wait, so it slowed down from 50 to \S+ a second/)
}, 90_000)

describe('who may come in', () => {
  afterAll(() => owner.changes({ guests: true, signUp: 'open', emailDomains: [] }))

  test('no guests: it says what to do, and then makes accounts, which it deletes', async () => {
    await owner.changes({ guests: false, emailDomains: ['chat.example'] })
    const before = await owner.everything()
    const refused = await check(server.url).ended
    expect(refused.code).toBe(1)
    expect(refused.output).toContain('lets no guests in. Say --register')
    const { code, output } = await check(server.url, '--register', '--seconds', '2', '--people', '2').ended
    expect(code, output).toBe(0)
    await owner.waitsFor(before)
  }, 60_000)

  test('by invitation: a link to the server lets it in, a link to a room is not used', async () => {
    await owner.changes({ guests: true, signUp: 'invitation', emailDomains: [] })
    const without = await check(server.url).ended
    expect(without.output).toContain('by invitation only. Give a link to the server with --invitation')
    const link = `${server.url}/join#${await owner.invites()}`
    const { code, output } = await check(server.url, '--invitation', link, '--seconds', '2', '--people', '2').ended
    expect(code, output).toBe(0)
    const intoRoom = await check(server.url, '--invitation', await owner.invites('Tea')).ended
    expect(intoRoom.code).toBe(1)
    expect(intoRoom.output).toContain('leads into the room "Tea"')
    const wrong = await check(server.url, '--invitation', 'x').ended
    expect(wrong.output).toContain('This invitation link is not valid any more.')
  }, 60_000)
})

describe('what cannot be checked is one clear sentence', () => {
  test.concurrent('nobody there', async () => {
    const { code, output } = await check('http://127.0.0.1:1').ended
    expect(code).toBe(1)
    expect(output).toContain('http://127.0.0.1:1 cannot be reached')
  }, 60_000)

  test.concurrent('not a Parley', async () => {
    const other = createServer((_, response) => void response.writeHead(404).end('<h1>Shop</h1>')).listen(
      0,
      '127.0.0.1',
    )
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo // as: it listens on TCP
    const { code, output } = await check(`http://127.0.0.1:${port}`).ended
    other.close()
    expect(code).toBe(1)
    expect(output).toContain('is not a Parley (404 for /api/instance)')
  }, 30_000)

  test.concurrent('another version of the protocol', async () => {
    await using proxy = startLyingProxy(server.url, {
      tells: (frame) => [frame.type === 'welcome' ? { ...frame, protocol: 9 } : frame],
    })
    const { code, output } = await check(proxy.url).ended
    expect(code).toBe(1)
    expect(output).toContain('the server speaks version 9 of the protocol')
    expect(output).not.toContain('Not removed')
  }, 30_000)

  test.concurrent('a proxy that passes no WebSocket', async () => {
    const passing = createServer(async (request, response) => {
      const body = await new Response(request as never).text() // as: a stream of bytes, which is what it takes
      const headers = request.headers as Record<string, string> // as: none of these is sent twice
      const init = request.method === 'POST' ? { method: 'POST', body } : {}
      const answer = await fetch(`${server.url}${request.url}`, { ...init, headers: { ...headers, upgrade: '' } })
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text())
    }).listen(0, '127.0.0.1')
    await once(passing, 'listening')
    const { port } = passing.address() as AddressInfo // as: it listens on TCP
    const { code, output } = await check(`http://127.0.0.1:${port}`).ended
    passing.closeAllConnections()
    passing.close()
    expect(code).toBe(1)
    expect(output).toContain('no WebSocket comes about')
  }, 30_000)
})

describe('wrong words', () => {
  for (const [words, said] of [
    [[], 'say which server, with --url https://chat.example'],
    [['--url', 'ftp://chat.example'], 'is not an address like https://chat.example'],
    [['--url', 'chat.example', '--people', 'many'], '--people is a whole number from 2 to 50'],
    [['--url', 'chat.example', '--rate', '1000'], '--rate is a whole number from 1 to 50'],
  ] as const) {
    test(said, async () => {
      const { code, output } = await parley(server, ['check', ...words]).ended
      expect(code).toBe(2)
      expect(output).toContain(said)
    }, 30_000)
  }
})

test('when the server goes away for good, what could not be removed is named', async () => {
  const { code, output } = await abandoned
  expect(code, output).toBe(1)
  expect(output).toMatch(/Not removed: the room "Parley check \w+ 1" \(the server is away\)/)
  expect(output.match(/Not removed: the guest "check \w+ \w+" \(the server is away\)/g)).toHaveLength(4)
}, 120_000)

async function checkOfOneThatGoesAway(): Promise<Said> {
  await using other = await startServer({ database: 'sqlite' })
  const run = check(other.url, '--seconds', '2', '--people', '2', '--rooms', '1')
  await saying(run, 'Talking')
  await other.kill9()
  return await run.ended
}

/** Resolves when the program says it. */
function saying(run: ReturnType<typeof check>, word: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (run.output().includes(word)) resolve()
    }
    run.child.stderr?.on('data', look)
    void run.ended.then(({ output }) => reject(new Error(output)))
    look()
  })
}
