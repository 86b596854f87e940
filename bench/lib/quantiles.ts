/** The value below which `share` (0…1) of the values lie; 0 when there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

/** The middle value; of an even number the mean of both middle ones, so that two blocks count alike. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = Math.floor(sorted.length / 2)
  const [low = 0, high = low] = sorted.length % 2 === 0 ? [sorted[upper - 1], sorted[upper]] : [sorted[upper]]
  return (low + high) / 2
}
