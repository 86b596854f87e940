import type { LobbyRoom } from '@parley/protocol'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Badge } from '../kit/Badge.tsx'
import { Button } from '../kit/Button.tsx'
import { Skeleton } from '../kit/Skeleton.tsx'
import styles from './RoomSection.module.css'
import type { RoomList } from './useLobby.ts'
import { useSteadyOrder } from './useSteadyOrder.ts'

export interface RoomSectionProps {
  readonly title: string
  readonly list: RoomList
  readonly isHidden: boolean
  readonly listClass: string | undefined
  readonly placeholder: { readonly count: number; readonly height: string }
  readonly renderRoom: (room: LobbyRoom) => ComponentChildren
  readonly empty: ComponentChildren
  /** More rooms come when the end is near; else only by "Show more". */
  readonly growsByItself?: boolean
}

/** So many more at a time, so that the first sight is quick however many rooms there are. */
const STEP = 50

export function RoomSection(props: RoomSectionProps) {
  const { title, list, isHidden, listClass, placeholder, renderRoom, empty, growsByItself = false } = props
  const [wanted, setWanted] = useState(STEP)
  const { rooms, watch } = useSteadyOrder(list.rooms ?? [], wanted)
  const shown = rooms.slice(0, wanted)
  const hasMore = rooms.length > shown.length || list.hasMore
  const more = (): void => {
    setWanted(shown.length + STEP)
    if (rooms.length < shown.length + STEP && list.hasMore) list.more()
  }
  return (
    <section class={styles.section} aria-label={title} hidden={isHidden}>
      <header class={styles.head}>
        <h2 class={styles.title}>{title}</h2>
        <Badge count={list.total} tone="quiet" max={9_999} />
      </header>
      {list.rooms === undefined ? (
        <div class={listClass} aria-busy="true">
          {Array.from({ length: placeholder.count }, (_, index) => (
            <Skeleton key={`${index}`} shape="block" height={placeholder.height} />
          ))}
        </div>
      ) : shown.length === 0 ? (
        empty
      ) : (
        <ul class={listClass} {...watch}>
          {shown.map((room) => (
            <li key={room.id} class={styles.item}>
              {renderRoom(room)}
            </li>
          ))}
        </ul>
      )}
      {hasMore && shown.length > 0 && (
        <More
          list={list}
          growsByItself={growsByItself}
          rest={list.total - shown.length}
          onMore={more}
          count={shown.length}
        />
      )}
    </section>
  )
}

interface MoreProps {
  readonly list: RoomList
  readonly growsByItself: boolean
  readonly rest: number
  readonly count: number
  readonly onMore: () => void
}

function More({ list, growsByItself, rest, count, onMore }: MoreProps) {
  const place = useRef<HTMLDivElement>(null)
  const act = useRef(onMore)
  act.current = onMore
  useEffect(() => {
    if (!growsByItself || !place.current || list.hasFailed) return
    const watcher = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) act.current()
      },
      { rootMargin: '400px' },
    )
    watcher.observe(place.current)
    return () => watcher.disconnect()
    // Watched anew after each step: an end that stays in sight is no news to an observer.
  }, [growsByItself, count, list.hasFailed])
  return (
    <div ref={place} class={styles.more}>
      {list.hasFailed && <p>The next rooms could not be fetched.</p>}
      <Button busy={list.isAsking} onClick={onMore}>
        {rest > 0 ? `Show more of ${rest.toLocaleString()}` : 'Show more'}
      </Button>
    </div>
  )
}
