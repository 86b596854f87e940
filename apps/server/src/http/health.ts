import { Hono } from 'hono'
import { freeBytes } from '../runtime/files.ts'
import type { Env, HttpParts } from './http-parts.ts'

/** With less than this, posts are about to be refused. */
const LEAST_FREE_BYTES = 32 * 1024 * 1024

/** `/healthz`: the process answers. `/readyz`: it may be sent people; the database was migrated before it listened. */
export function healthRoutes({ state, providers, dataFolder, isDraining, hasRedis }: HttpParts): Hono<Env> {
  const routes = new Hono<Env>()
  routes.get('/healthz', (context) => context.json({ ok: true }, 200, NOT_KEPT))
  routes.get('/readyz', async (context) => {
    const checks = {
      accepting: !isDraining(),
      database: await state.ping().then(
        () => true,
        () => false,
      ),
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

const NOT_KEPT = { 'Cache-Control': 'no-store' }
