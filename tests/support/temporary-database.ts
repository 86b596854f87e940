import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface TemporaryDatabase {
  readonly url: string
  readonly drop: () => Promise<void>
}

/**
 * An empty PostgreSQL database on the cluster that `npm test` shares (`PARLEY_TEST_POSTGRES`), or on one started for this
 * process. Works in Bun and in Node.
 */
export async function temporaryDatabase(): Promise<TemporaryDatabase> {
  const admin = process.env.PARLEY_TEST_POSTGRES ?? (await ownCluster())
  const { createDatabase, dropDatabase } = await import('../../scripts/services/postgres.ts')
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
  return { url: await createDatabase(admin, name), drop: () => dropDatabase(admin, name) }
}

let cluster: Promise<string> | undefined

function ownCluster(): Promise<string> {
  cluster ??= startCluster()
  return cluster
}

// A process of its own, because the script that starts clusters runs on Bun only. It ends with its standard input.
async function startCluster(): Promise<string> {
  const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
  const child = spawn(join(root, 'node_modules/.bin/bun'), ['scripts/test-services.ts', 'postgres'], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.unref()
  const ended = once(child, 'exit').then(() => {
    throw new Error('PostgreSQL could not be started; see above.')
  })
  child.stdout.setEncoding('utf8')
  const [line] = await Promise.race([once(child.stdout, 'data'), ended])
  ended.catch(() => undefined) // Its end is of no interest once it has started.
  for (const stream of [child.stdin, child.stdout])
    if ('unref' in stream && typeof stream.unref === 'function') stream.unref()
  return String(line).trim()
}
