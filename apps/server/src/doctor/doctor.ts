import type { Config } from '../config.ts'
import { openSnapshot } from '../open-snapshot.ts'
import { StartError } from '../start-error.ts'
import type { Snapshot } from '../storage/snapshot.ts'
import type { DialectName } from '../storage/statement.ts'
import { examineArrival } from './address/arrival.ts'
import { examineHeaders } from './address/headers.ts'
import { examineSocket } from './address/socket.ts'
import { examineTls } from './address/tls.ts'
import { type Finding, failing, ok } from './finding.ts'
import { examineJobs } from './invariants/jobs.ts'
import { examineLedger } from './invariants/ledger.ts'
import { examineLog } from './invariants/log.ts'
import { examineReferences } from './invariants/references.ts'
import { examineSchema } from './invariants/schema.ts'
import { examinePostgres, examineSqlite } from './invariants/settings.ts'
import { examineTexts } from './invariants/texts.ts'
import { type Piece, piecesOf } from './piece.ts'
import { examineDatabaseClock } from './place/clock.ts'
import { examineDisk, examineModes, examineSync } from './place/disk.ts'
import { examineOpenFiles } from './place/open-files.ts'
import { examineRedis } from './place/redis.ts'
import { examineMetrics, findServer } from './place/server.ts'

export type { Finding, State } from './finding.ts'

type Tell = (findings: readonly Finding[]) => void

export interface ExaminedDatabase {
  readonly dialect: DialectName
  readonly piece: Piece
}

/** Everything about a database that can be found by reading it, in many small read transactions. */
export async function examineDatabase(
  { dialect, piece }: ExaminedDatabase,
  at: { readonly dataFolder: string; readonly now: number },
  tell: Tell,
): Promise<void> {
  const { findings, isKnown, hasReceipts } = await examineSchema(piece, dialect)
  tell(findings)
  // Of a database that this version does not know, nothing more can be said.
  if (!isKnown) return
  tell(await (dialect === 'sqlite' ? examineSqlite(piece) : examinePostgres(piece)))
  tell(await examineLog(piece))
  tell(await examineTexts(piece, hasReceipts))
  tell(await examineReferences(piece))
  tell(await examineJobs(piece, { dialect, now: at.now }))
  tell(await examineLedger(piece, at))
  if (dialect === 'postgres') tell(await examineDatabaseClock(piece))
}

/** The machine and the services around it. */
export async function examinePlace(config: Config, tell: Tell): Promise<void> {
  const { dataFolder, redisUrl } = config
  tell(examineDisk(dataFolder))
  tell(examineModes(dataFolder))
  tell(examineSync(dataFolder))
  const server = await findServer(dataFolder)
  tell(examineOpenFiles(server?.pid))
  if (server) tell(await examineMetrics(loopbackOf(config.host), server))
  else tell([ok('server', `none runs on ${dataFolder} (or none that can be asked)`)])
  if (redisUrl !== undefined) tell(await examineRedis(redisUrl))
}

export interface AddressAsk {
  readonly url: URL
  readonly dataFolder: string
  readonly token?: string | undefined
  readonly mayMakeGuest: boolean
}

/** What people get by the address that they type. */
export async function examineAddress({ url, dataFolder, ...socket }: AddressAsk, tell: Tell): Promise<void> {
  tell(await examineTls(url))
  const found = await examineHeaders(url)
  tell(found)
  if (found.some(({ about, state }) => about === 'address' && state === 'failing')) return
  tell(await examineArrival(url, dataFolder))
  tell(await examineSocket(url, socket))
}

/** The whole: what cannot be reached is a finding too. */
export async function examineDatabaseOf(config: Config, tell: Tell): Promise<void> {
  let snapshot: Snapshot | undefined
  try {
    snapshot = await openSnapshot(config)
    const { dialect } = snapshot
    await examineDatabase(
      { dialect, piece: piecesOf(snapshot) },
      { dataFolder: config.dataFolder, now: Date.now() },
      tell,
    )
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    tell([failing('database', error.message, 'Nothing else about the database can be said before that is mended.')])
  } finally {
    await snapshot?.close()
  }
}

const loopbackOf = (host: string): string =>
  host === '0.0.0.0' || host === 'localhost'
    ? '127.0.0.1'
    : host === '::'
      ? '[::1]'
      : host.includes(':')
        ? `[${host}]`
        : host
