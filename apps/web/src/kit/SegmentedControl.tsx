import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { classes } from './classes.ts'
import styles from './SegmentedControl.module.css'

export interface SegmentedControlProps<Value extends string> {
  readonly label: string
  readonly hideLabel?: boolean
  readonly value: Value
  readonly options: readonly { readonly value: Value; readonly label: string; readonly icon?: ComponentChildren }[]
  readonly onChange: (value: Value) => void
}

/** One of a few, all in sight: radio buttons underneath. */
export function SegmentedControl<Value extends string>(props: SegmentedControlProps<Value>) {
  const { label, hideLabel = false, value, options, onChange } = props
  const name = useId()
  return (
    <fieldset class={styles.control}>
      <legend class={classes(styles.legend, hideLabel && 'visually-hidden')}>{label}</legend>
      <div class={styles.options}>
        {options.map((option) => (
          <label key={option.value} class={styles.option}>
            <input
              class={styles.radio}
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
            />
            {option.icon}
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
