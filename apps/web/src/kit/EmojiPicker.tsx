import { Fragment } from 'preact'
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks'
import styles from './EmojiPicker.module.css'
import type { Emoji, EmojiGroup } from './emoji-data.ts'
import { gridStep } from './grid-step.ts'
import { SearchIcon } from './icons.tsx'
import { Popover } from './Popover.tsx'
import { TextField } from './TextField.tsx'
import type { Placement } from './useAnchored.ts'

export interface EmojiPickerProps {
  /** The button it belongs to; it gets the focus back. */
  readonly anchor: HTMLElement
  readonly onPick: (emoji: string) => void
  readonly onClose: () => void
  readonly label?: string
  readonly placement?: Placement
}

const COLUMNS = 8

/** Render it while it is open. The emoji arrive with the first opening, not with the page. */
export function EmojiPicker({ anchor, onPick, onClose, label = 'Emoji', placement = 'top-end' }: EmojiPickerProps) {
  const [data, setData] = useState<typeof import('./emoji-data.ts')>()
  const [failed, setFailed] = useState(false)
  const [text, setText] = useState('')
  useEffect(() => {
    import('./emoji-data.ts').then(setData, () => setFailed(true))
  }, [])
  const groups = useMemo((): readonly EmojiGroup[] => {
    if (!data) return []
    return text.trim() === ''
      ? data.EMOJI_GROUPS
      : [{ name: 'Found', emojis: data.findEmojis(data.EMOJI_GROUPS, text) }]
  }, [data, text])
  const pick = (emoji: string): void => {
    onPick(emoji)
    onClose()
  }
  return (
    <Popover anchor={anchor} onClose={onClose} label={label} placement={placement} class={styles.picker}>
      <Grid
        groups={groups}
        isEmpty={data !== undefined && groups[0]?.emojis.length === 0}
        failed={failed}
        onPick={pick}
      >
        <TextField
          label="Search emoji"
          hideLabel
          type="search"
          autoComplete="off"
          placeholder="Search"
          icon={<SearchIcon size="1.125rem" />}
          value={text}
          onInput={setText}
          data-autofocus=""
        />
      </Grid>
    </Popover>
  )
}

interface GridProps {
  readonly groups: readonly EmojiGroup[]
  readonly isEmpty: boolean
  readonly failed: boolean
  readonly onPick: (emoji: string) => void
  readonly children: preact.ComponentChildren
}

function Grid({ groups, isEmpty, failed, onPick, children }: GridProps) {
  const id = useId()
  const root = useRef<HTMLDivElement>(null)
  const [stop, setStop] = useState('')
  const rows = useMemo(() => groups.flatMap((group) => rowsOf(group.emojis)), [groups])
  const first = rows[0]?.[0]
  const current = rows.some((row) => row.some(({ emoji }) => emoji === stop)) ? stop : first?.emoji

  const focusAt = (row: number, column: number): void => {
    root.current?.querySelectorAll('[role="row"]')[row]?.querySelectorAll('button')[column]?.focus()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const isSearching = event.target instanceof HTMLInputElement
    if (isSearching && event.key === 'Enter' && first && !event.isComposing) {
      event.preventDefault()
      onPick(first.emoji)
      return
    }
    if (isSearching && event.key === 'ArrowDown') {
      event.preventDefault()
      focusAt(0, 0)
      return
    }
    if (isSearching) return
    const row = rows.findIndex((cells) => cells.some(({ emoji }) => emoji === current))
    const column = rows[row]?.findIndex(({ emoji }) => emoji === current) ?? 0
    const rtl = root.current !== null && getComputedStyle(root.current).direction === 'rtl'
    const next = gridStep(
      event.key,
      { row, column },
      rows.map((cells) => cells.length),
      rtl,
    )
    if (next === undefined) return
    event.preventDefault()
    if (next === 'above') root.current?.querySelector('input')?.focus()
    else focusAt(next.row, next.column)
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the cells come by here.
    <div ref={root} class={styles.inside} role="presentation" onKeyDown={onKeyDown}>
      <div class={styles.search}>{children}</div>
      <div class={styles.groups}>
        {groups.map((group, index) => (
          <Fragment key={group.name}>
            <h3 id={`${id}-${index}`} class={styles.heading}>
              {group.name}
            </h3>
            {/* biome-ignore lint/a11y/useSemanticElements: it is no table; the arrows walk it as a grid. */}
            <div role="grid" aria-labelledby={`${id}-${index}`}>
              {rowsOf(group.emojis).map((cells) => (
                // biome-ignore lint/a11y/useSemanticElements: see above.
                // biome-ignore lint/a11y/useFocusableInteractive: its cells take the focus.
                <div key={cells[0]?.emoji} role="row" class={styles.row}>
                  {cells.map(({ emoji, name }) => (
                    // biome-ignore lint/a11y/useSemanticElements: see above.
                    <button
                      key={emoji}
                      type="button"
                      role="gridcell"
                      class={styles.cell}
                      aria-label={name}
                      title={name}
                      tabIndex={emoji === current ? 0 : -1}
                      onFocus={() => setStop(emoji)}
                      onClick={() => onPick(emoji)}
                    >
                      {emoji}
                    </button>
                  ))}
                </div>
              ))}
            </div>
          </Fragment>
        ))}
        {isEmpty && <p class={styles.none}>No emoji by that name.</p>}
        {failed && (
          <p class={styles.none}>The emoji could not be loaded. Close this and try again when you are online.</p>
        )}
      </div>
    </div>
  )
}

function rowsOf(emojis: readonly Emoji[]): readonly (readonly Emoji[])[] {
  return Array.from({ length: Math.ceil(emojis.length / COLUMNS) }, (_, row) =>
    emojis.slice(row * COLUMNS, (row + 1) * COLUMNS),
  )
}
