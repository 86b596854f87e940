type Spread = readonly [p50: number, p99: number, count: number]

/** What the generator of a day tells at its end. Times are milliseconds. */
export interface DayReport {
  readonly seconds: number
  /** Of a core, of the generator itself. */
  readonly share: number
  /** How often each thing was done while it was measured. */
  readonly done: Readonly<Record<string, number>>
  readonly counts: Readonly<Record<string, number>>
  readonly times: Readonly<Record<'delivery' | 'ack' | 'open' | 'resume' | 'page' | 'late', Spread>>
  /** Over the whole run. */
  readonly audit: {
    readonly posted: number
    readonly acked: number
    /** Acknowledged ones that were looked up. */
    readonly stored: number
    readonly unanswered: number
    /** Clients that did not come back. */
    readonly late: number
    readonly deliveries: number
    readonly resetsWithCursor: number
    readonly closings: Readonly<Record<string, number>>
    readonly faults: number
    readonly notes: readonly string[]
  }
  readonly void: readonly string[]
}
