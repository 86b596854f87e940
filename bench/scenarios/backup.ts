import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, dropDatabase } from '../../scripts/services/postgres.ts'
import { fill } from '../lib/fill.ts'
import { count, keepResult, printTable, say } from '../lib/report.ts'
import { bun, cleanEnvironment, root } from '../lib/server-process.ts'

const ROOMS = 64

interface Step {
  readonly what: string
  readonly seconds: number
  /** The most that the process held at once, in MB. */
  readonly peakMb: number
}

/**
 * Makes a SQLite database of so many messages and copies it with the command line: backup, verify, restore into SQLite and,
 * where `PARLEY_TEST_POSTGRES` names a cluster, into PostgreSQL. What each took, and its memory at the peak.
 */
export async function backup({ messages }: { messages: number }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'))
  try {
    const [from, to, file] = [join(folder, 'from'), join(folder, 'to'), join(folder, 'one.backup')]
    console.log(`writing ${count(messages)} messages`)
    await fill(
      from,
      Array.from({ length: ROOMS }, () => Math.ceil(messages / ROOMS)),
    )
    const steps = [
      await parley('backup', [file], { PARLEY_DATA: from }),
      await parley('verify', [file], { PARLEY_DATA: from }),
      await parley('restore into SQLite', [file], { PARLEY_DATA: to }),
      ...(await intoPostgres(file, join(folder, 'third'))),
    ]
    const database = statSync(join(from, 'parley.db')).size
    const bytes = statSync(file).size
    printTable([
      ['step', 'seconds', 'memory at the peak'],
      ...steps.map(({ what, seconds, peakMb }) => [what, seconds.toFixed(1), `${peakMb.toFixed(0)} MB`]),
    ])
    say('')
    say(
      `${count(messages)} messages in ${ROOMS} rooms: database ${(database / 1e6).toFixed(0)} MB, backup ${(bytes / 1e6).toFixed(0)} MB`,
    )
    keepResult('backup', { messages, database, bytes, steps })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function intoPostgres(file: string, dataFolder: string): Promise<Step[]> {
  const admin = process.env.PARLEY_TEST_POSTGRES
  if (admin === undefined) return []
  const name = `bench_${crypto.randomUUID().replaceAll('-', '')}`
  const url = await createDatabase(admin, name)
  try {
    return [await parley('restore into PostgreSQL', [file], { PARLEY_DATA: dataFolder, PARLEY_DATABASE_URL: url })]
  } finally {
    await dropDatabase(admin, name)
  }
}

/** As an operator says it; the first word of `what` is the verb. */
async function parley(what: string, words: readonly string[], env: Readonly<Record<string, string>>): Promise<Step> {
  const startedAt = performance.now()
  const verb = what.split(' ')[0] ?? what
  const child = Bun.spawn([bun, join(root, 'apps/cli/src/main.ts'), verb, ...words], {
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const code = await child.exited
  if (code !== 0) throw new Error(`parley ${verb} ended with ${code}.`)
  const seconds = (performance.now() - startedAt) / 1_000
  // What the kernel says when it collects the process.
  const peakMb = (child.resourceUsage()?.maxRSS ?? Number.NaN) / 1e6
  return { what, seconds, peakMb }
}
