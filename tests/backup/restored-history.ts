import type { HistoryEntry } from '../../apps/cli/src/check/history-entry.ts'

/**
 * The history as the restored server stands for it: before `mark` (an index; the old server's end) only what people decided,
 * sent and were told counts, and what was acknowledged since the backup began may or may not be in it. What clients applied
 * counts from the mark on: they begin afresh.
 */
export function restoredHistory(
  entries: readonly HistoryEntry[],
  { begunAt, mark }: { begunAt: number; mark: number },
): { readonly entries: readonly HistoryEntry[]; readonly undone: number } {
  const logged = new Set(entries.flatMap((entry) => (entry.kind === 'log' ? [entry.commandId] : [])))
  let undone = 0
  const before = entries.slice(0, mark).flatMap((entry): HistoryEntry[] => {
    switch (entry.kind) {
      case 'run':
      case 'intend':
      case 'invoke':
      case 'refused':
      case 'unknown':
        return [entry]
      case 'ok': {
        if (entry.at < begunAt) return [entry]
        const { at, client, user, id } = entry
        if (!logged.has(id)) undone += 1
        return [{ kind: 'unknown', at, client, user, id }]
      }
      default:
        return []
    }
  })
  return { entries: [...before, ...entries.slice(mark)], undone }
}

/** Clients that were given events of the new history on top of what they held of the old one. */
export function mixedHistories(entries: readonly HistoryEntry[], mark: number): string[] {
  const held = new Set<string>()
  for (const entry of entries.slice(0, mark)) {
    if (entry.kind === 'reset' || entry.kind === 'delivered') held.add(`${entry.client} ${entry.stream}`)
  }
  const problems: string[] = []
  for (const entry of entries.slice(mark)) {
    if (entry.kind !== 'reset' && entry.kind !== 'delivered') continue
    const place = `${entry.client} ${entry.stream}`
    if (!held.delete(place) || entry.kind === 'reset') continue
    problems.push(`${entry.client} was given events of ${entry.stream} without a reset`)
  }
  return problems
}
