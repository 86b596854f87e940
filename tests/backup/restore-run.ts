import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { History } from '../../apps/cli/src/check/history.ts'
import { checkHistory } from '../../apps/cli/src/check/history-checker.ts'
import type { Manifest } from '../../apps/server/src/backup/backup-format.ts'
import { verifyBackup } from '../../apps/server/src/backup/verify.ts'
import { converge } from '../faults/converge.ts'
import { Load } from '../faults/load.ts'
import { parley } from '../support/command-line.ts'
import { readFinalLog, type Truth } from '../support/final-log.ts'
import { startServer } from '../support/harness.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { temporaryDatabase } from '../support/temporary-database.ts'
import { mixedHistories, restoredHistory } from './restored-history.ts'

export type Kind = 'sqlite' | 'postgres'

export interface RestoreRunOptions {
  readonly from: Kind
  readonly to: Kind
  readonly seed: number
  readonly people?: number
  readonly rooms?: number
  /** Between two acts of a person, on average. */
  readonly gapMs?: number
}

export interface RestoreRunResult {
  readonly from: Kind
  readonly to: Kind
  readonly seed: number
  readonly rooms: number
  /** In the backup. */
  readonly messages: number
  /** What was acknowledged after the moment of the backup and is in no history any more. */
  readonly undone: number
  /** What waited in outboxes when the restored server came up. */
  readonly waiting: number
  /** Of commands, by the restored server. */
  readonly acknowledged: number
  /** How often a client began a room afresh. */
  readonly resets: number
  readonly problems: readonly string[]
}

const LIMITS = { PARLEY_LIMITS: 'guests=100000/s,all-guests=100000/s,posts=100000/s,queries=100000/s' }
const WITHIN_MS = 25_000

/**
 * A backup of a server whose people write all the while; it is verified, restored into another place and served there on the
 * same port to the same people, whose clients hold more than the backup does and have things waiting. Then everything is
 * checked: the place against the manifest, what clients applied and show against the restored log.
 */
export async function restoreRun(options: RestoreRunOptions): Promise<RestoreRunResult> {
  const { from, to, seed } = options
  const random = new SeededRandom(seed)
  const history = new History({ seed, isLossy: false, convergeWithinMs: WITHIN_MS })
  const folder = mkdtempSync(join(tmpdir(), 'parley-backup-'))
  const fresh = to === 'postgres' ? await temporaryDatabase() : undefined
  await using server = await startServer({ database: from, env: LIMITS })
  const shape = { people: options.people ?? 6, rooms: options.rooms ?? 3, gapMs: options.gapMs ?? 15 }
  const load = await Load.gathers({ ...shape, url: server.url, history, random: random.fork() })
  try {
    load.start()
    await reaches(load, 150)
    const file = join(folder, 'one.backup')
    const begunAt = history.now()
    await says(server, ['backup', file])
    await reaches(load, load.posts + 30)
    await says(server, ['verify', file])
    await server.terminate()
    const mark = history.entries.length
    // Nobody notices at first: what they write from here on waits.
    const place: Truth = { dataFolder: join(folder, 'restored'), databaseUrl: fresh?.url }
    await says(place, ['restore', file])
    const { manifest } = await verifyBackup({ path: file })
    const problems = await differs(place, { manifest, again: join(folder, 'two.backup') })
    const waiting = load.people.reduce((sum, { client }) => sum + client.outbox.value.queued, 0)
    const where = place.databaseUrl === undefined ? {} : { databaseUrl: place.databaseUrl }
    await using restored = await startServer({ dataFolder: place.dataFolder, port: server.port, env: LIMITS, ...where })
    if (restored.port !== server.port) throw new Error('The restored server listens elsewhere.')
    await reaches(load, load.posts + 20)
    await converge({ load, history, truth: place, withinMs: WITHIN_MS, visitsAll: true })
    const spliced = restoredHistory(history.entries, { begunAt, mark })
    const violations = checkHistory(spliced.entries)
    const later = history.entries.slice(mark)
    return {
      from,
      to,
      seed,
      rooms: Object.keys(manifest?.rooms ?? {}).length,
      messages: manifest?.tables.messages?.rows ?? 0,
      undone: spliced.undone,
      waiting,
      acknowledged: later.filter(({ kind }) => kind === 'ok').length,
      resets: later.filter((entry) => entry.kind === 'reset' && entry.stream.startsWith('room:')).length,
      problems: [
        ...problems,
        ...(waiting === 0 ? ['nothing waited in the outboxes, so nothing was shown about them'] : []),
        ...mixedHistories(history.entries, mark),
        ...violations.slice(0, 20).map(({ invariant, what }) => `${invariant} ${what}`),
      ],
    }
  } finally {
    load.leave()
    await fresh?.drop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A second backup of what was restored has the same rows of every room, though another epoch. */
async function differs(
  place: Truth,
  { manifest, again }: { manifest: Manifest | undefined; again: string },
): Promise<string[]> {
  const heads = await headsIn(place)
  await says(place, ['backup', again])
  const second = (await verifyBackup({ path: again })).manifest
  const rooms = Object.entries(manifest?.rooms ?? {})
  return [
    ...(rooms.length === 0 ? ['the backup holds no room'] : []),
    ...(rooms.length === heads.size ? [] : [`${heads.size} rooms lie there instead of ${rooms.length}`]),
    ...rooms.flatMap(([id, wanted]) => {
      const { head, number } = heads.get(id) ?? {}
      if (head !== wanted.head || number !== wanted.messages)
        return [`room ${id} has head ${head} and ${number} messages, not ${wanted.head} and ${wanted.messages}`]
      return second?.rooms[id]?.digest === wanted.digest ? [] : [`room ${id} differs in what it holds`]
    }),
  ]
}

async function headsIn(truth: Truth): Promise<Map<string, { head: number; number: number }>> {
  const entries = await readFinalLog(truth)
  return new Map(
    entries.flatMap((entry) =>
      entry.kind === 'head' && entry.stream.startsWith('room:')
        ? [[entry.stream.slice(5), { head: entry.seq, number: entry.number }] as const]
        : [],
    ),
  )
}

async function reaches(load: Load, posts: number): Promise<void> {
  await load.people[0]?.waitsFor(`${posts} posts`, () => load.posts >= posts, WITHIN_MS)
}

async function says(truth: Truth, words: readonly string[]): Promise<void> {
  const said = await parley(truth, words).ended
  if (said.code !== 0) throw new Error(`parley ${words.join(' ')} ended with ${said.code}:\n${said.output}`)
}
