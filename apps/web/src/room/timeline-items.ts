import type { RowView } from '@parley/client'
import { TIMES } from '@parley/protocol'
import { dayAround, isWithin } from './day-words.ts'

/** What the timeline shows from top to bottom. */
export type TimelineItem =
  | { readonly kind: 'beginning'; readonly key: string }
  | { readonly kind: 'day'; readonly key: string; readonly at: number }
  | { readonly kind: 'new'; readonly key: string }
  | { readonly kind: 'message'; readonly key: string; readonly row: RowView; readonly isGroupStart: boolean }

export interface TimelineInput {
  readonly rows: readonly RowView[]
  readonly hasOlder: boolean
  readonly newLineAt: number | undefined
}

/**
 * While older messages exist, the first loaded row is held back: whether it begins a day or a group is not known before
 * its predecessor is, and an item that changed its height when a page arrives would move the view.
 */
export function timelineItems({ rows, hasOlder, newLineAt }: TimelineInput): readonly TimelineItem[] {
  const items: TimelineItem[] = []
  if (!hasOlder) items.push({ kind: 'beginning', key: 'beginning' })
  const isFirstHeldBack = hasOlder && rows.length > 1
  let day = dayAround(rows[0]?.postedAt ?? 0)
  for (let index = isFirstHeldBack ? 1 : 0; index < rows.length; index += 1) {
    const row = rows[index]
    if (!row) continue
    const before = rows[index - 1]
    const isOtherDay = !isWithin(day, row.postedAt)
    if (isOtherDay) day = dayAround(row.postedAt)
    const beginsDay = before === undefined ? !hasOlder : isOtherDay
    const beginsNew = newLineAt !== undefined && row.number === newLineAt
    if (beginsDay) items.push({ kind: 'day', key: `day ${row.key}`, at: row.postedAt })
    if (beginsNew) items.push({ kind: 'new', key: 'new' })
    const isGroupStart = beginsDay || beginsNew || before === undefined || !belongTogether(before, row)
    items.push({ kind: 'message', key: row.key, row, isGroupStart })
  }
  return items
}

/** Under one name and face: the same author within five minutes. */
export function belongTogether(before: RowView, row: RowView): boolean {
  return before.authorId === row.authorId && Math.abs(row.postedAt - before.postedAt) < TIMES.groupWithinMs
}

/** Where the item with this key stands; −1 when it is not loaded. */
export function indexOfKey(items: readonly TimelineItem[], key: string | undefined): number {
  return key === undefined ? -1 : items.findIndex((item) => item.key === key)
}

/** The next message from `index` in a direction, passing lines by; undefined at the end. */
export function messageFrom(
  items: readonly TimelineItem[],
  index: number,
  step: 1 | -1,
): Extract<TimelineItem, { kind: 'message' }> | undefined {
  for (let at = index; at >= 0 && at < items.length; at += step) {
    const item = items[at]
    if (item?.kind === 'message') return item
  }
  return undefined
}
