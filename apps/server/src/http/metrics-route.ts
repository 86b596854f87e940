import { Hono } from 'hono'
import type { Metrics } from '../metrics.ts'
import type { Env } from './http-parts.ts'

const HELP: Record<keyof Metrics, string> = {
  connections: 'Live connections',
  connectionsOpened: 'Connections opened since the start',
  commands: 'Commands received',
  queries: 'Queries received',
  refusals: 'Calls over sockets answered with a refusal',
  busy: 'Calls answered busy by a limit of this instance',
  faults: 'Faults, each with an incident in the log',
  closedTooSlow: 'Connections closed because they read too slowly',
  malformed: 'Connections closed because of a malformed frame',
  gaps: 'Holes seen in what the fan-out brought',
  repairs: 'Subscriptions repaired from the log',
  repeats: 'Commands performed before and answered from the log',
  waitedTooLong: 'Commands answered busy because they waited too long for the database',
}

/** Prometheus's format. Its library costs 50 ms to load, so that happens at the first scrape. */
export function metricsRoute(metrics: Metrics): Hono<Env> {
  let registry: Promise<{ contentType: string; metrics(): Promise<string> }> | undefined
  const routes = new Hono<Env>()
  routes.get('/metrics', async (context) => {
    registry ??= openRegistry(metrics)
    const { contentType, metrics: render } = await registry.then((open) => ({
      contentType: open.contentType,
      metrics: () => open.metrics(),
    }))
    return context.body(await render(), 200, { 'Content-Type': contentType, 'Cache-Control': 'no-store' })
  })
  return routes
}

async function openRegistry(metrics: Metrics) {
  const { collectDefaultMetrics, Counter, Gauge, Registry } = await import('prom-client')
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'parley_' })
  for (const [key, help] of Object.entries(HELP)) {
    const read = () => metrics[key as keyof Metrics] // as: the keys of HELP are those of Metrics
    const name = `parley_${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
    if (key === 'connections') {
      new Gauge({
        name,
        help,
        registers: [registry],
        collect() {
          this.set(read())
        },
      })
    } else {
      new Counter({
        name: `${name}_total`,
        help,
        registers: [registry],
        collect() {
          this.reset()
          this.inc(read())
        },
      })
    }
  }
  return registry
}
