/** Running totals of this process, counted with plain additions; `/metrics` shows them in Prometheus's format. */
export interface Metrics {
  connections: number
  connectionsOpened: number
  commands: number
  queries: number
  refusals: number
  busy: number
  faults: number
  closedTooSlow: number
  malformed: number
  /** Holes that were seen in what the fan-out brought, and repairs from the log that followed. */
  gaps: number
  repairs: number
  /** Commands that had been performed before and were answered from the log. */
  repeats: number
  /** Commands that were refused because they had waited too long for the database. */
  waitedTooLong: number
}

export function newMetrics(): Metrics {
  return {
    connections: 0,
    connectionsOpened: 0,
    commands: 0,
    queries: 0,
    refusals: 0,
    busy: 0,
    faults: 0,
    closedTooSlow: 0,
    malformed: 0,
    gaps: 0,
    repairs: 0,
    repeats: 0,
    waitedTooLong: 0,
  }
}
