import { createDatabase, dropDatabase, type Postgres, startPostgres } from './services/postgres.ts'
import { ensurePrograms, isProgramName, MissingPrograms, programNames, programPath } from './services/programs.ts'

export { createDatabase, dropDatabase, type Postgres, startPostgres }

let ownCluster: Promise<Postgres> | undefined

/**
 * An empty database on the cluster that `npm test` shares (PARLEY_TEST_POSTGRES), or on one started for this process.
 * Drop it when done, so that the cluster stays small.
 */
export async function testDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
  const admin = process.env.PARLEY_TEST_POSTGRES ?? (await sharedCluster()).url
  return { url: await createDatabase(admin, name), drop: () => dropDatabase(admin, name) }
}

function sharedCluster(): Promise<Postgres> {
  ownCluster ??= startPostgres()
  return ownCluster
}

export function chromiumPath(): string {
  return programPath('chromium')
}

/**
 * `bun scripts/test-services.ts ensure [name…]` finds or installs programs; `… postgres` runs a cluster, says its URL
 * and stops with its standard input.
 */
async function main([verb, ...names]: string[]): Promise<void> {
  if (verb === 'ensure') return ensurePrograms(names.length > 0 ? names.filter(isProgramName) : programNames)
  if (verb !== 'postgres') throw new Error('usage: test-services.ts ensure [name…] | postgres')
  const postgres = await startPostgres()
  console.log(postgres.url)
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => process.exit(0))
  for await (const _ of Bun.stdin.stream());
  await postgres.stop()
}

if (import.meta.main) {
  try {
    await main(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof MissingPrograms)) throw error
    console.error(`parley: ${error.message}`)
    process.exit(1)
  }
}
