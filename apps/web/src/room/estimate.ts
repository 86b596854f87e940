import type { TimelineItem } from './timeline-items.ts'

const LINE = 23
const ROW_PADDING = 4
const GROUP_HEAD = 34
const REACTIONS = 34
const CHARACTER = 7.4
/** Beside the words: face, gaps, status. */
const BESIDE = 110
const MOST_LINES = 18

/** How high an item will be, before it was measured. A good guess keeps the scrollbar calm. */
export function estimateHeight(item: TimelineItem | undefined, width: number): number {
  switch (item?.kind) {
    case undefined:
      return 0
    case 'beginning':
      return 190
    case 'day':
      return 40
    case 'new':
      return 28
    case 'message': {
      const { row, isGroupStart } = item
      const perLine = Math.max(20, (Math.min(width, 736) - BESIDE) / CHARACTER)
      const lines = linesOf(row.body, perLine)
      return lines * LINE + ROW_PADDING + (isGroupStart ? GROUP_HEAD : 0) + (row.reactions.length > 0 ? REACTIONS : 0)
    }
  }
}

function linesOf(body: string, perLine: number): number {
  let lines = 0
  for (let at = 0; at <= body.length && lines < MOST_LINES; ) {
    const next = body.indexOf('\n', at)
    const end = next < 0 ? body.length : next
    lines += Math.max(1, Math.ceil((end - at) / perLine))
    at = end + 1
  }
  return Math.min(lines, MOST_LINES)
}
