import { nameOf } from '@parley/client'
import type { Room, User } from '@parley/protocol'
import type { RefObject } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { now } from '../shell/now.ts'
import { exactTime } from '../shell/time-words.ts'
import { dayWords } from './day-words.ts'
import styles from './TimelineLines.module.css'
import type { TimelineItem } from './timeline-items.ts'
import type { ListVirtualizer } from './useVirtualizer.ts'

export function DayLine({ at }: { readonly at: number }) {
  return (
    <div class={styles.day}>
      <h2 class={styles.pill}>{dayWords(at, now.value)}</h2>
    </div>
  )
}

export function NewLine() {
  return (
    <div class={styles.new}>
      <span class={styles.newWord}>New</span>
    </div>
  )
}

interface RoomBeginningProps {
  readonly room: Room | undefined
  readonly peer: User | undefined
}

export function RoomBeginning({ room, peer }: RoomBeginningProps) {
  if (!room) return null
  if (peer) {
    return (
      <div class={styles.beginning}>
        <p class={styles.beginningTitle}>
          This is where you and <bdi>{nameOf(peer)}</bdi> began
        </p>
        <p class={styles.created}>Only the two of you see what is said here.</p>
      </div>
    )
  }
  return (
    <div class={styles.beginning}>
      <p class={styles.beginningTitle}>
        This is where <bdi>{room.name}</bdi> begins
      </p>
      {room.topic !== '' && (
        <p class={styles.topic} dir="auto">
          {room.topic}
        </p>
      )}
      <p class={styles.created}>
        Created on {exactTime(room.createdAt)}.{' '}
        {room.kind === 'private'
          ? 'Only people who were added or invited see this room.'
          : 'Say something below; whoever is here sees it at once.'}
      </p>
    </div>
  )
}

const HEIGHT = 40

interface DayPillProps {
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly virtualizer: ListVirtualizer
  readonly items: readonly TimelineItem[]
}

/** The day of what stands at the top; the next day's own line pushes it out. */
export function DayPill({ scroller, virtualizer, items }: DayPillProps) {
  const pill = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState<number>()
  useLayoutEffect(() => {
    const element = scroller.current
    if (!element) return
    const place = (): void => {
      const top = element.scrollTop
      const first = virtualizer.getVirtualItemForOffset(top)
      const fits = element.scrollHeight <= element.clientHeight
      setAt(first && !fits && first.start <= top ? dayAt(items, first.index) : undefined)
      const next = first ? nextLine(items, first.index + 1) : -1
      const start = virtualizer.measurementsCache[next]?.start ?? Number.POSITIVE_INFINITY
      pill.current?.style.setProperty('translate', `0 ${Math.min(0, start - top - HEIGHT)}px`)
    }
    place()
    element.addEventListener('scroll', place, { passive: true })
    return () => element.removeEventListener('scroll', place)
  })
  return (
    <div class={styles.clip} aria-hidden="true" hidden={at === undefined}>
      <div ref={pill} class={styles.stuck}>
        <span class={styles.pill}>{at !== undefined && dayWords(at, now.value)}</span>
      </div>
    </div>
  )
}

function dayAt(items: readonly TimelineItem[], index: number): number | undefined {
  for (let at = index; at < items.length; at += 1) {
    const item = items[at]
    if (item?.kind === 'beginning') return undefined
    if (item?.kind === 'day') return item.at
    if (item?.kind === 'message') return item.row.postedAt
  }
  return undefined
}

/** The next day line, not further on than could be in sight near the top. */
function nextLine(items: readonly TimelineItem[], from: number): number {
  for (let index = from; index < Math.min(items.length, from + 4); index += 1) {
    if (items[index]?.kind === 'day') return index
  }
  return -1
}
