import { newId } from '@parley/protocol'
import type { Log } from './log.ts'

/** Writes a fault into the log, once, under an id that the person it hit can quote. */
export function reportIncident(log: Log, error: unknown, context: Readonly<Record<string, unknown>>): string {
  const incident = newId().slice(-12)
  log.error({ err: error, incident, ...context }, 'A fault was answered with `internal`')
  return incident
}
