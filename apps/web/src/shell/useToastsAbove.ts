import { useLayoutEffect } from 'preact/hooks'
import { route } from '../routes.ts'

const EDGE = 16
/** A composer of one line with the space around it. */
const COMPOSER = 76

/** Toasts keep clear of what lies at the foot of the page: a composer, and `tray` when there is one. */
export function useToastsAbove(tray: HTMLElement | null): void {
  const composer = route.value.screen === 'room' ? COMPOSER : 0
  useLayoutEffect(() => {
    const lift = (): void => {
      const bottom = EDGE + composer + (tray ? tray.offsetHeight + EDGE : 0)
      document.documentElement.style.setProperty('--toast-bottom', `${bottom}px`)
    }
    lift()
    if (!tray) return
    const watcher = new ResizeObserver(lift)
    watcher.observe(tray)
    return () => watcher.disconnect()
  }, [tray, composer])
}
