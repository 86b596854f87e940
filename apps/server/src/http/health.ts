import { Hono } from 'hono'
import type { Clock } from '../clock.ts'
import { freeBytes } from '../runtime/files.ts'
import type { Env, HttpParts } from './http-parts.ts'

/** With less than this, posts are about to be refused. */
const LEAST_FREE_BYTES = 32 * 1024 * 1024
/** Whoever asks whether we are ready waits no longer than a few seconds. */
const LONGEST_PING_MS = 1_500

/** `/healthz`: the process answers. `/readyz`: it may be sent people; the database was migrated before it listened. */
export function healthRoutes({ state, providers, dataFolder, clock, isDraining, hasRedis }: HttpParts): Hono<Env> {
  const routes = new Hono<Env>()
  routes.get('/healthz', (context) => context.json({ ok: true }, 200, NOT_KEPT))
  routes.get('/readyz', async (context) => {
    const checks = {
      accepting: !isDraining(),
      database: await answers(state.ping(), clock),
      disk: freeBytes(dataFolder) >= LEAST_FREE_BYTES,
    }
    const isReady = Object.values(checks).every(Boolean)
    // For information: people who have a session or a password do not need a provider, and this server cannot mend one.
    const signIn = Object.fromEntries(providers.list().map(({ id, isReady }) => [id, isReady ? 'ready' : 'waiting']))
    const known = Object.keys(signIn).length > 0 ? { providers: signIn } : {}
    // For information too: without Redis news of other instances comes later, from the database, and nothing is lost.
    const redis = hasRedis && { redis: hasRedis() }
    return context.json({ ok: isReady, checks, ...known, ...redis }, isReady ? 200 : 503, NOT_KEPT)
  })
  return routes
}

/** False when the database is away, or does not say. */
async function answers(ping: Promise<void>, clock: Clock): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>()
  const callOff = clock.after(LONGEST_PING_MS, () => resolve(false))
  const inTime = ping.then(
    () => true,
    () => false,
  )
  return Promise.race([inTime, late]).finally(callOff)
}

const NOT_KEPT = { 'Cache-Control': 'no-store' }
