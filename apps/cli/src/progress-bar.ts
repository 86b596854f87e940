import type { Progress } from '../../server/src/backup/progress.ts'

const WIDTH = 30
const EVERY_MS = 100
const LINE_EVERY_MS = 5_000

export interface ProgressBar {
  readonly progress: Progress
  /** Removes the bar, so that what is said next stands alone. */
  readonly end: () => void
}

/** A bar on a terminal; elsewhere, in a log, a line every few seconds. */
export function progressBar(stream: NodeJS.WriteStream = process.stderr): ProgressBar {
  let lastAt = 0
  let lastWhat = ''
  return {
    progress({ what, done, total }) {
      const now = Date.now()
      const share = total === 0 ? 1 : Math.min(1, done / total)
      if (stream.isTTY) {
        if (what === lastWhat && now - lastAt < EVERY_MS && share < 1) return
        const filled = Math.round(share * WIDTH)
        const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`
        stream.write(`\r\u001b[K${bar} ${percent(share)} ${what}`)
      } else {
        const isNews = stage(what) !== stage(lastWhat)
        if (!isNews && now - lastAt < LINE_EVERY_MS) return
        stream.write(`${what} … ${percent(share)}\n`)
      }
      lastAt = now
      lastWhat = what
    },
    end() {
      if (stream.isTTY && lastWhat !== '') stream.write('\r\u001b[K')
    },
  }
}

/** "Copying texts" and "Copying messages" are one stage. */
const stage = (what: string): string => what.split(' ')[0] ?? ''
const percent = (share: number): string => `${String(Math.floor(share * 100)).padStart(3)} %`
