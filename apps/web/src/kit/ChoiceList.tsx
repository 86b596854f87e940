import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import styles from './ChoiceList.module.css'
import { classes } from './classes.ts'

export interface ChoiceListProps<Value extends string> {
  readonly label: string
  readonly hideLabel?: boolean
  /** Undefined: nothing is chosen yet. */
  readonly value: Value | undefined
  readonly options: readonly { readonly value: Value; readonly label: string; readonly about?: ComponentChildren }[]
  readonly onChange: (value: Value) => void
  readonly disabled?: boolean
}

/** One of a few that need a sentence each: radio buttons below each other. */
export function ChoiceList<Value extends string>(props: ChoiceListProps<Value>) {
  const { label, hideLabel = false, value, options, onChange, disabled = false } = props
  const name = useId()
  return (
    <fieldset class={styles.list} disabled={disabled}>
      <legend class={classes(styles.legend, hideLabel && 'visually-hidden')}>{label}</legend>
      {options.map((option) => (
        <Choice
          key={option.value}
          type="radio"
          name={name}
          label={option.label}
          about={option.about}
          checked={option.value === value}
          onChange={() => onChange(option.value)}
        />
      ))}
    </fieldset>
  )
}

export interface CheckboxProps {
  readonly label: string
  readonly about?: ComponentChildren
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
  readonly disabled?: boolean
}

/** On or off, with a sentence on what that means. */
export function Checkbox({ label, about, checked, onChange, disabled = false }: CheckboxProps) {
  return (
    <Choice
      type="checkbox"
      label={label}
      about={about}
      checked={checked}
      disabled={disabled}
      onChange={() => onChange(!checked)}
    />
  )
}

interface ChoiceProps {
  readonly type: 'radio' | 'checkbox'
  readonly name?: string
  readonly label: string
  readonly about: ComponentChildren
  readonly checked: boolean
  readonly disabled?: boolean
  readonly onChange: () => void
}

function Choice({ type, name, label, about, checked, disabled = false, onChange }: ChoiceProps) {
  const id = useId()
  return (
    <div class={styles.choice}>
      <input
        id={id}
        class={styles.input}
        type={type}
        {...(name && { name })}
        checked={checked}
        disabled={disabled}
        aria-describedby={about ? `${id}-about` : undefined}
        onChange={onChange}
      />
      <span class={styles.words}>
        <label class={styles.label} for={id}>
          {label}
        </label>
        {about && (
          <span id={`${id}-about`} class={styles.about}>
            {about}
          </span>
        )}
      </span>
    </div>
  )
}
