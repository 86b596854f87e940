import { tmpdir } from 'node:os'
import { openProviders } from '../../apps/server/src/accounts/providers/providers.ts'
import { systemClock } from '../../apps/server/src/clock.ts'
import { SharedLimits } from '../../apps/server/src/fanout/shared-limits.ts'
import { createRouter } from '../../apps/server/src/http/router.ts'
import { DEFAULT_LIMITS, type Limits } from '../../apps/server/src/limits.ts'
import { openLog } from '../../apps/server/src/log.ts'
import { newMetrics } from '../../apps/server/src/metrics.ts'
import { carriedFiles } from '../../apps/server/src/runtime/files.ts'
import { PermissionWorld } from './world.ts'

const UNLIMITED = { count: 1_000_000, perMs: 1_000 }

/** Every route of the server, over a world in which nothing changes. */
export async function openServerRoutes() {
  const world = await PermissionWorld.open('sqlite')
  const { opened } = world
  const log = openLog('silent')
  const names = Object.keys(DEFAULT_LIMITS)
  const unlimited = Object.fromEntries(names.map((name) => [name, UNLIMITED])) as unknown as Limits // as: the same names
  const limits = new SharedLimits({ limits: unlimited, clock: systemClock })
  const providers = openProviders({ settings: [], clock: systemClock, log })
  const router = createRouter({
    state: opened.state,
    accounts: opened.accounts,
    providers,
    providerSignIn: opened.signInBy(providers),
    clock: systemClock,
    limits,
    posts: limits.soon('posts'),
    log,
    metrics: newMetrics(),
    origin: undefined,
    web: carriedFiles({}),
    dataFolder: tmpdir(),
    isDraining: () => false,
  })
  return { world, router, close: () => world.close() }
}
