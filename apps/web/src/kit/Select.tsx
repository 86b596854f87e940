import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { classes } from './classes.ts'
import { ChevronDownIcon } from './icons.tsx'
import styles from './Select.module.css'

export interface SelectProps<Value extends string> {
  readonly label: string
  readonly hideLabel?: boolean
  readonly value: Value
  readonly options: readonly { readonly value: Value; readonly label: string }[]
  readonly onChange: (value: Value) => void
  readonly disabled?: boolean
  readonly hint?: ComponentChildren
}

/** One of several, of which only the chosen one is in sight. The browser's own list: it works on every device. */
export function Select<Value extends string>(props: SelectProps<Value>) {
  const { label, hideLabel = false, value, options, onChange, disabled = false, hint } = props
  const id = useId()
  return (
    <div class={styles.field}>
      <label class={classes(styles.label, hideLabel && 'visually-hidden')} for={id}>
        {label}
      </label>
      <span class={styles.box}>
        <select
          id={id}
          class={styles.select}
          disabled={disabled}
          aria-describedby={hint ? `${id}-hint` : undefined}
          onChange={(event) => {
            const chosen = options[event.currentTarget.selectedIndex]
            if (chosen) onChange(chosen.value)
          }}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === value}>
              {option.label}
            </option>
          ))}
        </select>
        <ChevronDownIcon size="1rem" />
      </span>
      {hint && (
        <span id={`${id}-hint`} class={styles.hint}>
          {hint}
        </span>
      )}
    </div>
  )
}
