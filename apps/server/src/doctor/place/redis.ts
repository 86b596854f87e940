import { randomUUID } from 'node:crypto'
import { openRedisLink } from '../../fanout/redis-link.ts'
import { openLog } from '../../log.ts'
import { StartError } from '../../start-error.ts'
import { type Finding, failing, ok, warning } from '../finding.ts'

const TURNS = 20
const SLOW_MS = 50
const LATE_MS = 2_000

/** Reaches Redis as an instance would, and lets a word go round by Pub/Sub. Nothing is kept there. */
export async function examineRedis(url: string): Promise<Finding[]> {
  const prefix = `parley:doctor:${randomUUID()}`
  try {
    const link = await openRedisLink({ url, prefix, log: openLog('silent') })
    const listener = link.newConnection()
    try {
      await listener.connect()
      await listener.subscribe(prefix)
      const took: number[] = []
      for (let turn = 0; turn < TURNS; turn++) {
        const began = performance.now()
        const back = Promise.withResolvers<void>()
        const late = setTimeout(
          () => back.reject(new Error(`what was published did not come back within ${LATE_MS} ms`)),
          LATE_MS,
        )
        listener.once('message', () => back.resolve())
        await link.commands.publish(prefix, String(turn))
        await back.promise.finally(() => clearTimeout(late))
        took.push(performance.now() - began)
      }
      took.sort((a, b) => a - b)
      const p50 = took[TURNS / 2] ?? 0
      const says = `reached; a word goes round by Pub/Sub in ${p50.toFixed(1)} ms`
      return [
        p50 > SLOW_MS
          ? warning(
              'redis',
              says,
              'News of other instances comes that much later: put Redis nearer, or find out what keeps it busy.',
            )
          : ok('redis', says),
      ]
    } finally {
      listener.disconnect()
      await link.close()
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const remedy =
      'Until it is mended, news of other instances comes late; nothing is lost (docs/self-hosting.md, "Redis").'
    return [failing('redis', error instanceof StartError ? reason : `Pub/Sub does not work: ${reason}`, remedy)]
  }
}
