import { useEffect, useRef, useState } from 'preact/hooks'

/** Milliseconds left until `until` (epoch ms), told every quarter of a second; calls `onEnd` once when none is left. */
export function useCountdown(until: number | undefined, onEnd: () => void): number {
  const [, tick] = useState(0)
  const end = useRef(onEnd)
  end.current = onEnd
  useEffect(() => {
    if (until === undefined) return
    const timer = setInterval(() => {
      tick((count) => count + 1)
      if (Date.now() < until) return
      clearInterval(timer)
      end.current()
    }, 250)
    return () => clearInterval(timer)
  }, [until])
  return until === undefined ? 0 : Math.max(0, until - Date.now())
}
