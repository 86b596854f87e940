import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Redis as RedisClient } from 'ioredis'
import { openPostgresSnapshot } from '../../../apps/server/src/storage/postgres-database.ts'
import type { Snapshot } from '../../../apps/server/src/storage/snapshot.ts'
import { openSqliteSnapshot } from '../../../apps/server/src/storage/sqlite-database.ts'
import { raw } from '../../../apps/server/src/storage/table-pages.ts'
import { type Postgres, startPostgres } from '../../../scripts/services/postgres.ts'
import { type Redis, startRedis } from '../../../scripts/services/redis.ts'
import { parley } from '../../support/command-line.ts'
import { startServer, type TestServer } from '../../support/harness.ts'
import type { Hit, Scanner } from './scan.ts'

export type DatabaseName = 'sqlite' | 'postgres'

/** Many people in a short time, and every word that the log could hold. */
const SETTINGS = {
  PARLEY_LIMITS: 'guests=100000/s,all-guests=100000/s,posts=100000/s,queries=100000/s,passwords=100000/s',
  PARLEY_LOG: 'trace',
}
const LONGEST_ERASING_MS = 60_000
const POLL_MS = 50

/** A server with services of its own, all of whose files can be searched; and a second place to restore a backup to. */
export class Deployment {
  readonly #postgres: Postgres | undefined
  readonly #redis: Redis | undefined
  readonly #folders: string[] = []
  server: TestServer
  /** What servers that have ended said. */
  #said = ''

  static async opened(database: DatabaseName): Promise<Deployment> {
    const postgres = database === 'postgres' ? await startPostgres() : undefined
    const redis = postgres && (await startRedis())
    const where = postgres ? { databaseUrl: await postgres.createDatabase('first') } : {}
    const env = { ...SETTINGS, ...(redis && { PARLEY_REDIS_URL: redis.url }) }
    const folder = mkdtempSync(join(tmpdir(), `parley-erasure-${process.pid}-`))
    const server = await startServer({ dataFolder: folder, env, ...where })
    return new Deployment({ server, postgres, redis, folder })
  }

  private constructor(parts: {
    server: TestServer
    postgres: Postgres | undefined
    redis: Redis | undefined
    folder: string
  }) {
    this.server = parts.server
    this.#postgres = parts.postgres
    this.#redis = parts.redis
    this.#folders.push(parts.folder)
  }

  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), `parley-erasure-${process.pid}-`))
    this.#folders.push(folder)
    return folder
  }

  /** `parley <words>` for the present server. Errors: it did not succeed. */
  async says(words: readonly string[]): Promise<string> {
    const { code, output } = await parley(this.server, words).ended
    if (code !== 0) throw new Error(`parley ${words.join(' ')} ended with ${code}:\n${output}`)
    return output
  }

  /** Ends the server and goes on with one on what a backup held, with the ledger of the first. */
  async restores(backup: string): Promise<void> {
    const ledger = this.server.dataFolder
    await this.terminate()
    const dataFolder = this.folder()
    const databaseUrl = await this.#postgres?.createDatabase('second')
    const said = await parley({ dataFolder, databaseUrl }, ['restore', backup, '--ledger', ledger]).ended
    if (said.code !== 0) throw new Error(`The backup was not restored:\n${said.output}`)
    this.#said += said.output
    const env = { ...SETTINGS, ...(this.#redis && { PARLEY_REDIS_URL: this.#redis.url }) }
    this.server = await startServer({ dataFolder, env, ...(databaseUrl !== undefined && { databaseUrl }) })
  }

  async terminate(): Promise<void> {
    await this.server.terminate()
    this.#said += this.server.output
  }

  /** Waits until so much is erased, and nothing is under way. */
  async erased(receipts: number): Promise<void> {
    const deadline = Date.now() + LONGEST_ERASING_MS
    for (;;) {
      const { finished, open } = await this.#receipts()
      if (finished >= receipts && open === 0) return
      if (Date.now() > deadline) throw new Error(`Of ${receipts} receipts there are ${finished}, ${open} under way.`)
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
  }

  /** Everything that the deployment has written anywhere. */
  async search(scanner: Scanner): Promise<Hit[]> {
    const files = this.#folders.flatMap((folder) => scanner.folder(folder))
    const cluster = this.#postgres ? scanner.folder(dirname(this.#postgres.dataFolder)) : []
    const said = scanner.in(Buffer.from(this.#said + this.server.output), 'what the server said')
    return [...files, ...cluster, ...said, ...(await this.#inRedis(scanner))]
  }

  /** What passes through Redis while `work` is done. */
  async listens(scanner: Scanner, work: () => Promise<void>): Promise<Hit[]> {
    if (!this.#redis) {
      await work()
      return []
    }
    const client = new RedisClient(this.#redis.url)
    const heard: string[] = []
    try {
      const monitor = await client.monitor()
      monitor.on('monitor', (_at, words) => heard.push(words.join(' ')))
      await work()
      monitor.disconnect()
    } finally {
      client.disconnect()
    }
    return scanner.in(Buffer.from(heard.join('\n')), 'what passes through Redis')
  }

  async close(): Promise<void> {
    await this.server.stop()
    await this.#redis?.stop()
    await this.#postgres?.stop()
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
  }

  async #receipts(): Promise<{ finished: number; open: number }> {
    const snapshot = await this.#snapshot()
    try {
      const counted = raw<object, { finished: number; open: number }>('receipts', RECEIPTS, [])
      const row = await snapshot.reader.first(counted, {})
      return { finished: Number(row?.finished ?? 0), open: Number(row?.open ?? 0) }
    } finally {
      await snapshot.close()
    }
  }

  #snapshot(): Promise<Snapshot> {
    const { dataFolder, databaseUrl } = this.server
    return databaseUrl === undefined ? openSqliteSnapshot(dataFolder) : openPostgresSnapshot(databaseUrl)
  }

  async #inRedis(scanner: Scanner): Promise<Hit[]> {
    if (!this.#redis) return []
    const client = new RedisClient(this.#redis.url)
    try {
      const hits: Hit[] = []
      for (const key of await client.keys('*')) {
        hits.push(...scanner.in(Buffer.from(key), 'a key in Redis'))
        hits.push(...scanner.in((await client.dumpBuffer(key)) ?? Buffer.alloc(0), `the key ${key} in Redis`))
      }
      return hits
    } finally {
      client.disconnect()
    }
  }
}

const RECEIPTS = `select count(*) as finished, (select count(*) from erasures where finished_at is null) as open
  from erasures where finished_at is not null`

/** The token that a server prints for whoever is to own it. */
export function setUpToken(server: TestServer): string {
  return /\/set-up#([\w-]+)/.exec(server.output)?.[1] ?? ''
}

export const ledgerOf = (server: TestServer): string => readFileSync(join(server.dataFolder, 'erased.jsonl'), 'utf8')
