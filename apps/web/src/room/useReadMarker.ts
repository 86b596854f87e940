import type { RoomHandle } from '@parley/client'
import { useLayoutEffect } from 'preact/hooks'

export interface ReadMarkerInput {
  readonly handle: RoomHandle
  readonly lastNumber: number
  /** The end of the talk is in sight. */
  readonly isSeen: boolean
}

/** What was read is what was in sight of somebody: the window has the focus and shows the end. */
export function useReadMarker({ handle, lastNumber, isSeen }: ReadMarkerInput): void {
  // Before it is painted, or every badge would blink with each message.
  useLayoutEffect(() => {
    if (!isSeen || lastNumber === 0) return
    const mark = (): void => {
      if (document.hasFocus() && document.visibilityState === 'visible') handle.markRead(lastNumber)
    }
    mark()
    addEventListener('focus', mark)
    document.addEventListener('visibilitychange', mark)
    return () => {
      removeEventListener('focus', mark)
      document.removeEventListener('visibilitychange', mark)
    }
  }, [handle, lastNumber, isSeen])
}
