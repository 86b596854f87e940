import { useEffect, useState } from 'preact/hooks'

/** Timers of browsers go no further. */
const LONGEST_MS = 2 ** 31 - 1

/** Whether a moment (epoch ms) is still to come; rendered again when it has. */
export function useIsBefore(until: number | undefined): boolean {
  const [, wake] = useState(0)
  const leftMs = until === undefined ? 0 : until - Date.now()
  useEffect(() => {
    if (leftMs <= 0) return
    const timer = setTimeout(() => wake((times) => times + 1), Math.min(leftMs + 20, LONGEST_MS))
    return () => clearTimeout(timer)
  })
  return leftMs > 0
}
