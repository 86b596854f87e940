import type { ChatClient, RoomHandle, RowView } from '@parley/client'
import type { Ref } from 'preact'
import { useImperativeHandle, useMemo, useRef, useState } from 'preact/hooks'
import { badgeText } from '../kit/Badge.tsx'
import { Button } from '../kit/Button.tsx'
import { ArrowDownIcon } from '../kit/icons.tsx'
import { Skeleton } from '../kit/Skeleton.tsx'
import { lazy } from '../shell/lazy.tsx'
import { DeleteMessageDialog } from './DeleteMessageDialog.tsx'
import { MessageRow } from './MessageRow.tsx'
import { memo } from './memo.ts'
import type { RowRights } from './row-actions.ts'
import styles from './Timeline.module.css'
import { DayLine, DayPill, NewLine, RoomBeginning } from './TimelineLines.tsx'
import type { TalkView } from './talk-view.ts'
import { type TimelineItem, timelineItems } from './timeline-items.ts'
import { useReadMarker } from './useReadMarker.ts'
import { useRowActions } from './useRowActions.ts'
import { useRowFocus } from './useRowFocus.ts'
import { useTimelineScroll } from './useTimelineScroll.ts'

const EmojiPicker = lazy(
  () => import('../kit/EmojiPicker.tsx').then((module) => module.EmojiPicker),
  () => undefined,
)

export interface TimelineProps {
  readonly chat: ChatClient
  readonly handle: RoomHandle
  readonly view: TalkView
  readonly rights: RowRights
  /** The message that is being edited. */
  readonly editing: string | undefined
  readonly onEdit: (key: string | undefined) => void
  /** Back to where one writes. */
  readonly focusComposer: () => void
  readonly timelineRef: Ref<TimelineHandle>
}

export interface TimelineHandle {
  jumpToLatest(): void
}

/** All messages of a room, of which a window is loaded and a few dozen are in the page. */
export const Timeline = memo(function Timeline(props: TimelineProps) {
  const { chat, handle, view, rights, editing, onEdit, focusComposer, timelineRef } = props
  const { rows, hasOlder, newLineAt } = view
  const items = useMemo(() => timelineItems({ rows, hasOlder, newLineAt }), [rows, hasOlder, newLineAt])
  const [deleting, setDeleting] = useState<RowView>()
  const [picking, setPicking] = useState<{ readonly row: RowView; readonly anchor: HTMLElement }>()
  const keptByFocus = useRef<string | undefined>(undefined)
  const scroll = useTimelineScroll({
    view,
    handle,
    items,
    kept: [editing, keptByFocus.current, picking?.row.key, deleting?.key],
  })
  const focus = useRowFocus({ items, scroll, focusComposer, isBusy: picking !== undefined, rights })
  keptByFocus.current = focus.focused
  const actions = useRowActions({ chat, handle, onEdit, setDeleting, setPicking, focus, rights, focusComposer })
  useReadMarker({ handle, lastNumber: view.lastNumber, isSeen: scroll.isAtEnd && view.phase === 'live' })

  useImperativeHandle(timelineRef, () => ({ jumpToLatest: scroll.jumpToLatest }), [scroll])

  const { virtualizer } = scroll
  const shown = virtualizer.getVirtualItems()
  const stop = focus.focused ?? focus.lastInSight()
  let filledTo = shown[0]?.start ?? 0
  return (
    <div class={styles.place}>
      <div
        ref={scroll.scroller}
        class={styles.scroller}
        role="log"
        aria-label="Messages"
        aria-live="off"
        onScroll={scroll.onScroll}
        {...focus.listeners(actions)}
      >
        <div
          class={styles.sizer}
          style={{ height: `${virtualizer.getTotalSize()}px`, paddingBlockStart: `${shown[0]?.start ?? 0}px` }}
        >
          {hasOlder && <OlderMessages />}
          {shown.map(({ index, key, start, end }) => {
            const item = items[index]
            if (!item) return null
            // Rows that are kept although they are out of sight stand apart from the others.
            const gap = start - filledTo
            filledTo = end
            return (
              <div
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                class={styles.item}
                style={{ marginBlockStart: gap > 0.01 ? `${gap}px` : '' }}
              >
                {item.kind === 'message' ? (
                  <MessageRow
                    row={item.row}
                    isGroupStart={item.isGroupStart}
                    isActive={focus.active === item.key || picking?.row.key === item.key}
                    isStop={stop === item.key}
                    isEditing={editing === item.key}
                    rights={rights}
                    actions={actions}
                  />
                ) : (
                  <Line item={item} view={view} />
                )}
              </div>
            )
          })}
        </div>
      </div>
      <DayPill scroller={scroll.scroller} virtualizer={virtualizer} items={items} />
      {scroll.isFarUp && (
        <JumpToLatest
          unseen={scroll.unseen}
          onClick={() => {
            scroll.jumpToLatest()
            focusComposer()
          }}
        />
      )}
      {picking && (
        <EmojiPicker
          anchor={picking.anchor}
          label="Add reaction"
          onPick={(emoji) => actions.toggleReaction(picking.row, emoji)}
          onClose={() => setPicking(undefined)}
        />
      )}
      {deleting && (
        <DeleteMessageDialog
          row={deleting}
          onCancel={() => setDeleting(undefined)}
          onConfirm={() => {
            handle.deleteMessage(deleting.messageId ?? deleting.commandId)
            setDeleting(undefined)
            if (editing === deleting.key) onEdit(undefined)
            focus.focusMessage(deleting.key)
          }}
        />
      )}
    </div>
  )
})

function Line({ item, view }: { readonly item: TimelineItem; readonly view: TalkView }) {
  switch (item.kind) {
    case 'beginning':
      return <RoomBeginning room={view.room} peer={view.peer} />
    case 'day':
      return <DayLine at={item.at} />
    default:
      return <NewLine />
  }
}

function OlderMessages() {
  return (
    <div class={styles.older} aria-hidden="true">
      <Skeleton shape="face" width="2.25rem" height="2.25rem" />
      <div class={styles.olderText}>
        <Skeleton width="9rem" />
        <Skeleton width="min(60%, 22rem)" />
      </div>
    </div>
  )
}

function JumpToLatest({ unseen, onClick }: { readonly unseen: number; readonly onClick: () => void }) {
  return (
    <div class={styles.jump}>
      <Button size="small" class={unseen > 0 ? styles.news : undefined} icon={<ArrowDownIcon />} onClick={onClick}>
        Jump to latest
        {unseen > 0 && <span class={styles.count}>{badgeText(unseen)}</span>}
      </Button>
    </div>
  )
}
