import type { HistoryEntry } from '../../apps/cli/src/check/history-entry.ts'

/**
 * How long after anybody had seen an event each client that follows its room had applied it, in milliseconds, ascending:
 * what a line's losses cost until they are healed.
 */
export function lags(entries: readonly HistoryEntry[]): number[] {
  const firstSeen = firstSights(entries)
  const following = new Map<string, { stream: string; since: number; position: number | undefined }>()
  const found: number[] = []
  for (const entry of entries) {
    if (entry.kind !== 'opened' && entry.kind !== 'reset' && entry.kind !== 'delivered') continue
    if (!entry.stream.startsWith('room:')) continue
    const client = following.get(entry.client)
    if (entry.kind === 'opened') {
      const isSame = client?.stream === entry.stream
      const since = isSame ? client.since : entry.at
      following.set(entry.client, { stream: entry.stream, since, position: entry.cursor ?? client?.position })
      continue
    }
    if (client?.stream !== entry.stream) continue
    const reached = entry.kind === 'reset' ? entry.seq : contiguous(client.position, entry.events)
    if (reached === undefined) continue
    for (let seq = (client.position ?? reached) + 1; seq <= reached; seq++) {
      const seenAt = firstSeen.get(`${entry.stream} ${seq}`)
      if (seenAt !== undefined) found.push(Math.max(0, entry.at - Math.max(seenAt, client.since)))
    }
    client.position = Math.max(reached, entry.kind === 'reset' ? 0 : (client.position ?? 0))
  }
  return found.sort((a, b) => a - b)
}

export function percentile(ascending: readonly number[], share: number): number {
  return Math.round(ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0)
}

export interface Quantiles {
  readonly median: number
  readonly p99: number
  readonly most: number
}

export function quantiles(ascending: readonly number[]): Quantiles {
  const at = (share: number) => percentile(ascending, share)
  return { median: at(0.5), p99: at(0.99), most: at(1) }
}

function firstSights(entries: readonly HistoryEntry[]): ReadonlyMap<string, number> {
  const sights = new Map<string, number>()
  for (const entry of entries) {
    if (entry.kind !== 'delivered') continue
    for (const { seq } of entry.events) {
      const key = `${entry.stream} ${seq}`
      if (!sights.has(key)) sights.set(key, entry.at)
    }
  }
  return sights
}

function contiguous(position: number | undefined, events: readonly { readonly seq: number }[]): number | undefined {
  if (position === undefined) return undefined
  let reached = position
  for (const { seq } of events) if (seq === reached + 1) reached = seq
  return reached > position ? reached : undefined
}
