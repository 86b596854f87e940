/** What may wait in memory for a peer that reads slowly. Beyond it the socket is closed `too-slow` and resumes by cursor. */
export const OUTGOING_BYTES = 1024 * 1024
/** What may wait for all of them together: the more there are, the sooner each is closed. (G12) */
const ALL_OUTGOING_BYTES = 48 * 1024 * 1024
/** However many they are, so that a slow line gets on between two closings. */
const LEAST_BYTES = 64 * 1024

/** The connections of one instance for which something waits in memory. */
export class SlowReaders {
  count = 0

  /** What may wait for each of them. */
  get share(): number {
    return Math.max(LEAST_BYTES, Math.min(OUTGOING_BYTES, ALL_OUTGOING_BYTES / Math.max(1, this.count)))
  }
}
