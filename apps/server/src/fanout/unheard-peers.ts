import { newId } from '@parley/protocol'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { InstanceId } from '../rules/instance-id.ts'
import { localFanout } from './local-fanout.ts'
import type { Telling } from './open-fanout.ts'
import type { Peers } from './peers.ts'

/** An instance that was killed counts as running for 10 s; who is there for longer than this is one more. */
const SURE_AFTER_MS = 30_000

/**
 * On PostgreSQL without Redis: other instances may be there, none can be heard. They are found by what they note in the
 * database, and then the truth is asked all the time, so that news comes late instead of never. (SPEC T7)
 */
export function tellWithoutRedis(parts: { clock: Clock; log: Log; fault(error: unknown): void }): Telling {
  const here = localFanout(parts.fault)
  const fanout = { ...here, peers: unheardPeers(parts) }
  return { fanout, redis: undefined, close: () => here.close() }
}

function unheardPeers({ clock, log }: { clock: Clock; log: Log }): Peers {
  const foundAt = new Map<InstanceId, number>()
  let isSaid = false
  const nothing = () => () => undefined
  return {
    self: newId<InstanceId>(clock.now()),
    isHeard(instance) {
      const since = foundAt.get(instance) ?? clock.now()
      foundAt.set(instance, since)
      if (!isSaid && clock.now() - since > SURE_AFTER_MS) {
        isSaid = true
        log.warn(
          'Another instance serves this database, and PARLEY_REDIS_URL is not set: what is said there is heard here up to two seconds late, and who is where and who types not at all. Give all instances the same Redis, or run one only.',
        )
      }
      return false
    },
    tell: () => undefined,
    listen: nothing,
    onMet: nothing,
    onGone: nothing,
  }
}
