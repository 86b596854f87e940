import { Hono } from 'hono'
import { reportIncident } from '../incident.ts'
import { problem } from '../problem.ts'
import { Refusal } from '../rules/refusal.ts'
import { apiRoutes } from './api.ts'
import { healthRoutes } from './health.ts'
import type { Env, HttpParts } from './http-parts.ts'
import { metricsRoute } from './metrics-route.ts'
import { providerRoutes } from './provider-routes.ts'
import { securityHeaders } from './security-headers.ts'
import { webFiles } from './web-files.ts'

/** Everything that is asked over HTTP. */
export function createRouter(parts: HttpParts): Hono<Env> {
  const router = new Hono<Env>()
  router.use(securityHeaders(parts.origin))
  router.route('/', healthRoutes(parts))
  router.route('/', metricsRoute(parts.metrics))
  router.route('/api', providerRoutes(parts))
  router.route('/api', apiRoutes(parts))
  router.all('/api/*', () => problem('unknown-name'))
  router.all(
    '/socket',
    () => new Response('This address speaks WebSocket.\n', { status: 426, headers: { Upgrade: 'websocket' } }),
  )
  router.route('/', webFiles(parts.web))
  router.notFound((context) => context.text('There is nothing here.\n', 404, { 'Cache-Control': 'no-store' }))
  router.onError((error, context) => {
    if (error instanceof Refusal) return problem(error.code, error)
    parts.metrics.faults += 1
    const incident = reportIncident(parts.log, error, { name: `${context.req.method} ${context.req.path}` })
    return problem('internal', { details: { incident } })
  })
  return router
}
