import { networkInterfaces } from 'node:os'
import type { App } from './app.ts'
import { type Config, readConfig } from './config.ts'
import { reportIncident } from './incident.ts'
import { type Log, openLog } from './log.ts'
import { type FileSet, keepFilesPrivate } from './runtime/files.ts'
import { onStopSignal, onStrayFault, surviveFileSizeLimit } from './runtime/signals.ts'
import { Serving } from './serving.ts'
import { StartError } from './start-error.ts'

/** However long finishing takes, a supervisor that waits ten seconds sees us gone. */
const LONGEST_STOP_MS = 9_000

/** Serves until it is told to stop, as the environment says. What stands in the way of a start is said in words, exit 1. */
export async function serve(options: { readonly web?: FileSet } = {}): Promise<void> {
  try {
    await open(options)
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    for (const line of error.message.split('\n')) process.stderr.write(`parley: ${line}\n`)
    process.exit(1)
  }
}

async function open(options: { readonly web?: FileSet }): Promise<void> {
  keepFilesPrivate()
  const { config, warnings } = readConfig(process.env)
  surviveFileSizeLimit()
  const log = openLog(config.logLevel)
  for (const warning of warnings) log.warn(warning)
  const serving = await Serving.begin({ config, log, ...options }, (err) => {
    log.error({ err }, 'It cannot go on; start it again')
    process.exit(1)
  })
  announce(config, serving.app, log)
  onStrayFault(
    (error) => reportIncident(log, error, { name: 'stray' }),
    () => void stop(serving, log, 1),
  )
  onStopSignal(
    () => void stop(serving, log, 0),
    () => process.exit(1),
  )
}

function announce({ host, origin }: Config, { port, setUpToken }: App, log: Log): void {
  const isLoopback = host === '127.0.0.1' || host === '::1' || host === 'localhost'
  const isEverywhere = host === '0.0.0.0' || host === '::'
  const shown = isLoopback || isEverywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host
  const address = origin ?? `http://${shown}:${port}`
  log.info({ host, port }, `Parley is open at ${address}`)
  if (isLoopback && origin === undefined) log.info('For others in your network, start it with PARLEY_HOST=0.0.0.0')
  if (isEverywhere) for (const lan of lanAddresses()) log.info(`In your network: http://${lan}:${port}`)
  if (setUpToken === undefined) return
  // Warnings, so that whoever asked for nothing less sees them all the same.
  log.warn(`Nobody owns this server yet. To make it yours, open this once: ${address}/set-up#${setUpToken}`)
  log.warn('Until its owner decides otherwise, guests come in by a name alone and anybody may create an account.')
}

function lanAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address)
}

async function stop(serving: Serving, log: Log, code: 0 | 1): Promise<void> {
  log.info('Stopping: finishing what was asked (a second signal stops at once)')
  setTimeout(() => process.exit(1), LONGEST_STOP_MS).unref()
  try {
    await serving.stop()
    log.info('Stopped')
    process.exit(code)
  } catch (error) {
    log.error({ err: error }, 'Stopping failed')
    process.exit(1)
  }
}
