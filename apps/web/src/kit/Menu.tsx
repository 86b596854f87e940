import type { ComponentChildren, Ref } from 'preact'
import { useId, useRef, useState } from 'preact/hooks'
import { classes } from './classes.ts'
import { CheckIcon } from './icons.tsx'
import { Kbd } from './Kbd.tsx'
import styles from './Menu.module.css'
import { Popover } from './Popover.tsx'
import { findByPrefix, nextIndex } from './roving.ts'
import type { Placement } from './useAnchored.ts'

export interface MenuItem {
  readonly label: string
  readonly icon?: ComponentChildren
  readonly keys?: string
  readonly tone?: 'danger'
  readonly disabled?: boolean
  /** Makes it a choice that is on or off. */
  readonly checked?: boolean
  /** Runs after the menu has closed and the trigger has the focus again. */
  readonly onSelect: () => void
}

export interface MenuTrigger {
  readonly buttonRef: Ref<HTMLButtonElement>
  readonly 'aria-haspopup': 'menu'
  readonly 'aria-expanded': boolean
  readonly 'aria-controls': string | undefined
  readonly onClick: () => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}

export interface MenuProps {
  readonly label: string
  /** A string stands for a line between groups. */
  readonly items: readonly (MenuItem | 'separator')[]
  /** Spread what you are given on a Button or IconButton. */
  readonly trigger: (trigger: MenuTrigger) => ComponentChildren
  readonly placement?: Placement
  readonly onOpenChange?: (open: boolean) => void
}

export function Menu({ label, items, trigger, placement = 'bottom-end', onOpenChange }: MenuProps) {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const [openAt, setOpenAt] = useState<'first' | 'last' | null>(null)
  const show = (at: 'first' | 'last' | null): void => {
    setOpenAt(at)
    onOpenChange?.(at !== null)
  }
  return (
    <>
      {trigger({
        buttonRef: button,
        'aria-haspopup': 'menu',
        'aria-expanded': openAt !== null,
        'aria-controls': openAt ? id : undefined,
        onClick: () => show(openAt ? null : 'first'),
        onKeyDown: (event) => {
          if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
          event.preventDefault()
          event.stopPropagation()
          show(event.key === 'ArrowDown' ? 'first' : 'last')
        },
      })}
      {openAt && button.current && (
        <Popover
          id={id}
          role="menu"
          label={label}
          anchor={button.current}
          placement={placement}
          onClose={() => show(null)}
        >
          <Items
            items={items}
            startAt={openAt}
            onSelect={(item) => {
              button.current?.focus()
              show(null)
              item.onSelect()
            }}
            onLeave={() => {
              button.current?.focus()
              show(null)
            }}
          />
        </Popover>
      )}
    </>
  )
}

interface ItemsProps {
  readonly items: MenuProps['items']
  readonly startAt: 'first' | 'last'
  readonly onSelect: (item: MenuItem) => void
  readonly onLeave: () => void
}

function Items({ items, startAt, onSelect, onLeave }: ItemsProps) {
  const list = useRef<HTMLDivElement>(null)
  const typed = useRef({ text: '', at: 0 })
  const start = startAt === 'first' ? items.findIndex(isItem) : items.findLastIndex(isItem)

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Tab') {
      event.preventDefault()
      onLeave()
      return
    }
    const all = [...(list.current?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])]
    const at = all.findIndex((item) => item.matches(':focus'))
    const next =
      nextIndex(event.key, at, all.length, { axis: 'vertical', wraps: true, rtl: false }) ?? typeahead(event, all, at)
    if (next === undefined) return
    event.preventDefault()
    event.stopPropagation()
    all[next]?.focus()
  }
  const typeahead = (event: KeyboardEvent, all: readonly HTMLElement[], at: number): number | undefined => {
    if (event.key.length !== 1 || event.key === ' ' || event.ctrlKey || event.metaKey || event.altKey) return undefined
    const text = event.timeStamp - typed.current.at < 600 ? typed.current.text + event.key : event.key
    typed.current = { text, at: event.timeStamp }
    return findByPrefix(
      all.map((item) => item.dataset.label ?? ''),
      text,
      at,
    )
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the items come by here.
    <div ref={list} class={styles.items} role="presentation" onKeyDown={onKeyDown}>
      {items.map((item, index) =>
        isItem(item) ? (
          // biome-ignore lint/a11y/useAriaPropsSupportedByRole: it stands only with the role that has it.
          <button
            key={item.label}
            type="button"
            role={item.checked === undefined ? 'menuitem' : 'menuitemcheckbox'}
            aria-checked={item.checked}
            aria-disabled={item.disabled}
            class={classes(styles.item, item.tone && styles.danger)}
            tabIndex={-1}
            data-label={item.label}
            data-autofocus={index === start ? '' : undefined}
            onPointerMove={(event) => event.currentTarget.focus({ preventScroll: true })}
            onClick={() => {
              if (!item.disabled) onSelect(item)
            }}
          >
            <span class={styles.icon}>{item.icon}</span>
            <span class={styles.label}>{item.label}</span>
            {item.checked && <CheckIcon size="1rem" />}
            {item.keys && <Kbd keys={item.keys} />}
          </button>
        ) : (
          <hr key={index} class={styles.separator} />
        ),
      )}
    </div>
  )
}

function isItem(item: MenuItem | 'separator'): item is MenuItem {
  return item !== 'separator'
}
