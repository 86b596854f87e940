import type { HistoryEntry } from '../../../apps/cli/src/check/history-entry.ts'

/**
 * For each time that a client lost its line: from its first attempt to open another one until the server said that it had
 * everything of its room, in milliseconds, ascending.
 */
export function comebacks(entries: readonly HistoryEntry[]): number[] {
  const isCurrent = new Set<string>()
  const triedSince = new Map<string, number>()
  const found: number[] = []
  for (const entry of entries) {
    if (entry.kind === 'dialled') {
      // Coming in for the first time is no coming back.
      if (isCurrent.has(entry.client) && !triedSince.has(entry.client)) triedSince.set(entry.client, entry.at)
    } else if (entry.kind === 'current') {
      const since = triedSince.get(entry.client)
      if (since !== undefined) found.push(entry.at - since)
      triedSince.delete(entry.client)
      isCurrent.add(entry.client)
    }
  }
  return found.sort((a, b) => a - b)
}
