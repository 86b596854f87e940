import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../scripts/services/free-port.ts'
import { memoryKb } from '../lib/proc.ts'
import { median } from '../lib/quantiles.ts'
import { keepResult, say } from '../lib/report.ts'
import { startServer } from '../lib/server-process.ts'

const STARTS = 7
const PEOPLE = 100

/** From the start of the server's process to its first `200` at `/readyz`, on a database that exists; and idle memory. */
export async function startUp(): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'parley-bench-'))
  const readyMs: number[] = []
  let memory = { rss: 0, own: 0 }
  try {
    for (let start = 0; start <= STARTS; start++) {
      const server = await startServer({ dataFolder })
      if (start > 0) readyMs.push(server.readyAfterMs) // The first one makes the database.
      if (start === STARTS) {
        await new Promise((resolve) => setTimeout(resolve, 5_000))
        memory = memoryKb(server.pid)
      }
      await server.stop()
    }
  } finally {
    rmSync(dataFolder, { recursive: true, force: true })
  }
  const withAccounts = await idleWithAccounts()
  const middle = median(readyMs)
  say(`- ready after ${middle.toFixed(0)} ms (median of ${STARTS}; ${readyMs.map((ms) => ms.toFixed(0)).join(', ')})`)
  say(`- target 300 ms: ${middle <= 300 ? 'met' : 'not met'}`)
  say(`- idle memory ${(memory.rss / 1024).toFixed(0)} MB resident, ${(memory.own / 1024).toFixed(0)} MB its own`)
  say(
    `- with accounts and a provider: ${(withAccounts.rss / 1024).toFixed(0)} MB resident, target 120 MB: ${withAccounts.rss <= 120 * 1024 ? 'met' : 'not met'}`,
  )
  keepResult('start-up', { readyMs, memory, withAccounts })
}

/** After a hundred people have registered and signed in (argon2id), with a provider configured and asked for once. */
async function idleWithAccounts(): Promise<{ rss: number; own: number }> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const provider = { PARLEY_GITHUB_CLIENT_ID: 'bench', PARLEY_GITHUB_CLIENT_SECRET: 'bench' }
  const server = await startServer({
    port,
    env: { ...provider, PARLEY_URL: url, PARLEY_LIMITS: 'passwords=9999/s,all-passwords=9999/s' },
  })
  try {
    const ask = async (name: string, body: object) => {
      const response = await fetch(`${url}/api/commands/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      if (!response.ok) throw new Error(`${name}: ${await response.text()}`)
    }
    for (let index = 0; index < PEOPLE; index++) {
      const [handle, password] = [`person-${index}`, `a long sentence number ${index}`]
      await ask('register', { handle, name: `Person ${index}`, password })
      await ask('sign-in', { handle, password })
    }
    await fetch(`${url}/api/sign-in/github`, { redirect: 'manual' })
    await new Promise((resolve) => setTimeout(resolve, 5_000))
    return memoryKb(server.pid)
  } finally {
    await server.stop()
  }
}
