// Functions that run in the page: each must stand alone.

declare global {
  interface Window {
    /** What the probe has seen so far; times are of `performance.now()` in this page. */
    seen: PageSeen
  }
}

export interface PageSeen {
  /** After the frame in which the first message could be read was drawn. */
  readableAt: number | undefined
  /** From an input to the paint after it; what is below 16 ms is not told by the browser. */
  inputs: { name: string; at: number; ms: number }[]
  mostRows: number
}

/** Runs before any script of the page. */
export function installProbe(): void {
  const seen: PageSeen = { readableAt: undefined, inputs: [], mostRows: 0 }
  window.seen = seen
  const afterPaint = (then: () => void) => {
    const channel = new MessageChannel()
    channel.port1.onmessage = then
    channel.port2.postMessage(undefined)
  }
  const canBeRead = () =>
    [...document.querySelectorAll('[data-message]')].some((row) => {
      const { top, bottom } = row.getBoundingClientRect()
      return bottom > 0 && top < innerHeight && row.checkVisibility({ opacityProperty: true, visibilityProperty: true })
    })
  const look = () => {
    if (!canBeRead()) requestAnimationFrame(look)
    else
      afterPaint(() => {
        seen.readableAt = performance.now()
      })
  }
  requestAnimationFrame(look)
  new PerformanceObserver((list) => {
    for (const { name, startTime, duration } of list.getEntries()) {
      if (/^(keydown|pointerdown|click)$/.test(name)) seen.inputs.push({ name, at: startTime, ms: duration })
    }
  }).observe({ type: 'event', durationThreshold: 16, buffered: true } as PerformanceObserverInit) // as: the type lacks it
}

/** Counts what is in the page twenty times a second from now on. */
export function watchRows(): void {
  setInterval(() => {
    window.seen.mostRows = Math.max(window.seen.mostRows, document.querySelectorAll('[data-message]').length)
  }, 50)
}

/**
 * Armed before a link is pressed: resolves with the milliseconds from the press to the end of the frame that shows
 * messages under this heading.
 */
export function timeSwitch(heading: string): Promise<number> {
  return new Promise((resolve) => {
    addEventListener('pointerdown', ({ timeStamp }) => requestAnimationFrame(() => look(timeStamp)), {
      once: true,
      capture: true,
    })
    const look = (pressedAt: number) => {
      const isThere = [...document.querySelectorAll('main h1')].some((one) => one.textContent?.trim() === heading)
      const hasRows = isThere && document.querySelector('[role=log] [data-message]') !== null
      if (!hasRows) {
        requestAnimationFrame(() => look(pressedAt))
        return
      }
      const channel = new MessageChannel()
      channel.port1.onmessage = () => resolve(performance.now() - pressedAt)
      channel.port2.postMessage(undefined)
    }
  })
}
