import { fileURLToPath } from 'node:url'
import { openProviders } from './accounts/providers/providers.ts'
import { clientAddress } from './client-address.ts'
import { type Clock, systemClock } from './clock.ts'
import type { Config } from './config.ts'
import { type Telling, tellAlone, tellOthers } from './fanout/open-fanout.ts'
import { SharedLimits } from './fanout/shared-limits.ts'
import { tellWithoutRedis } from './fanout/unheard-peers.ts'
import { createRouter } from './http/router.ts'
import { reportIncident } from './incident.ts'
import type { Log } from './log.ts'
import { newMetrics } from './metrics.ts'
import { openDatabase } from './open-database.ts'
import { openState } from './open-state.ts'
import { type FileSet, folderFiles } from './runtime/files.ts'
import { listen } from './runtime/server.ts'
import { SeenRequests } from './seen-requests.ts'
import { LiveSockets } from './sockets/live-sockets.ts'
import { Occupancy } from './sockets/occupancy.ts'
import { OccupancyGossip } from './sockets/occupancy-gossip.ts'
import type { Database } from './storage/database.ts'
import { readEpoch } from './storage/meta.ts'
import { keepExpiring } from './workers/expire-guests.ts'

export interface App {
  readonly port: number
  /** For the one-time link that makes somebody the owner; undefined when there is one. */
  readonly setUpToken: string | undefined
  /** For the doctor, who asks how its own requests arrived. */
  readonly seen: SeenRequests
  /** Stops gently: says goodbye, finishes what was asked, closes. */
  stop(): Promise<void>
}

export interface AppOptions {
  readonly config: Config
  readonly log: Log
  readonly clock?: Clock
  /** Opened already, and closed with the app; otherwise what `config` says. */
  readonly db?: Database
  /** The built web client. Default: the build in this repository. */
  readonly web?: FileSet
}

/** Stopping waits no longer for a request over HTTP. */
const LONGEST_ANSWER_MS = 2_000
const WEB_FOLDER = fileURLToPath(new URL('../../web/dist', import.meta.url))

export function webClientIn(folder: string): FileSet {
  return folderFiles(folder, 'index.html')
}

/** Wires every part, and listens. Errors: `StartError`. */
export async function startApp(options: AppOptions): Promise<App> {
  const { config, log, clock = systemClock, web = webClientIn(WEB_FOLDER) } = options
  const metrics = newMetrics()
  const fault = (error: unknown) => {
    metrics.faults += 1
    reportIncident(log, error, { name: 'server' })
  }
  const { telling, ...database } = await openTelling(config, { clock, log, fault, db: options.db })
  const { fanout, redis } = telling
  const occupancy = new Occupancy(clock)
  const gossip = fanout.peers && new OccupancyGossip({ occupancy, peers: fanout.peers, clock })
  const noteRepeat = () => {
    metrics.repeats += 1
  }
  const noteWaitedTooLong = () => {
    metrics.waitedTooLong += 1
  }
  const notes = { noteRepeat, noteWaitedTooLong }
  const opened = await openState({ config, log, fanout, occupancy, now: () => clock.now(), ...notes, ...database })
  const { state, accounts, db, passRooms } = opened
  const providers = openProviders({ settings: config.providers ?? [], clock, log })
  const build = await buildOf(web)
  const shared = { state, accounts, clock, log, metrics, origin: config.origin }
  const limits = new SharedLimits({ limits: config.limits, clock, redis })
  const posts = limits.soon('posts')
  const sockets = new LiveSockets({ ...shared, limits: config.limits, posts, fanout, occupancy, build })
  let isDraining = false
  const router = createRouter({
    ...shared,
    providers,
    providerSignIn: opened.signInBy(providers),
    limits,
    posts,
    web,
    dataFolder: config.dataFolder,
    isDraining: () => isDraining,
    ...(telling.hasRedis && { hasRedis: telling.hasRedis }),
  })

  const stopExpiring = keepExpiring({ db, clock, log, passRooms })

  const seen = new SeenRequests()
  const { host, port } = config
  try {
    const server = listen({
      host,
      port,
      fault,
      async respond(request, peer) {
        const address = clientAddress(request.headers, peer, config.trustedProxies)
        seen.note(request.headers, { peer, address })
        const response = await router.fetch(request, { address })
        // A proxy that kept the connection would send the next request to nobody.
        if (isDraining) response.headers.set('Connection', 'close')
        return response
      },
      accept: (request) => sockets.accept(request),
    })
    providers.start()
    return {
      port: server.port,
      setUpToken: opened.setUpToken,
      seen,
      async stop() {
        isDraining = true
        providers.stop()
        await sockets.drain()
        gossip?.stop()
        limits.stop()
        // What is asked over HTTP needs the state as well; somebody who sends slowly does not keep it open.
        await Promise.race([server.finish(), new Promise<void>((resolve) => clock.after(LONGEST_ANSWER_MS, resolve))])
        await stopExpiring()
        await state.close()
        await telling.close()
        await server.stop()
      },
    }
  } catch (error) {
    gossip?.stop()
    await stopExpiring()
    await state.close()
    await telling.close()
    throw error
  }
}

/** What instances have in common lies in the database, so that is opened first where there are several. */
async function openTelling(
  { redisUrl, ...config }: Config,
  tools: { clock: Clock; log: Log; fault: (error: unknown) => void; db: Database | undefined },
): Promise<{ telling: Telling; db?: Database }> {
  if (redisUrl === undefined) {
    // Only who shares a database may have company.
    const telling = config.databaseUrl === undefined ? tellAlone(tools.fault) : tellWithoutRedis(tools)
    return { telling, ...(tools.db && { db: tools.db }) }
  }
  const db = tools.db ?? (await openDatabase(config))
  try {
    return { telling: await tellOthers({ redisUrl, epoch: await readEpoch(db), ...tools }), db }
  } catch (error) {
    await db.close()
    throw error
  }
}

/** Which build of the web client is served; a page of another build reloads when it may. */
async function buildOf(web: FileSet): Promise<string> {
  const isBuilt = [...web.names()].includes('build.txt')
  return isBuilt ? new TextDecoder().decode(await web.read('build.txt')).trim() : 'unbuilt'
}
