import type { ComponentChildren, HTMLAttributes, InputHTMLAttributes, Ref } from 'preact'
import { useId } from 'preact/hooks'
import { classes } from './classes.ts'
import { counterText } from './counter.ts'
import { AlertIcon } from './icons.tsx'
import styles from './TextField.module.css'

type Native = Omit<HTMLAttributes<HTMLInputElement>, 'size' | 'onInput' | 'ref' | 'class' | 'label' | 'icon' | 'role'>

export interface TextFieldProps extends Native {
  readonly type?: 'text' | 'search' | 'password' | 'email' | 'url'
  readonly name?: string
  readonly placeholder?: string
  readonly autoComplete?: string
  readonly disabled?: boolean
  readonly required?: boolean
  readonly readOnly?: boolean
  readonly maxLength?: number
  readonly label: string
  readonly value: string
  readonly onInput: (value: string) => void
  /** A line below the field, giving way to the error. */
  readonly hint?: ComponentChildren
  /** What is wrong and how to mend it. Its place is kept free, so nothing moves. */
  readonly error?: string | undefined
  /** Counts characters from 80 % of this on; does not cut what is typed. */
  readonly limit?: number
  /** The label is only spoken (search and filter boxes). Then no line is kept below unless there is a hint or error. */
  readonly hideLabel?: boolean
  readonly icon?: ComponentChildren
  /** Stands inside the field at its end, a small IconButton say. */
  readonly end?: ComponentChildren
  readonly size?: 'medium' | 'large'
  readonly inputRef?: Ref<HTMLInputElement> | undefined
}

export function TextField(props: TextFieldProps) {
  const {
    label,
    value,
    onInput,
    hint,
    error,
    limit,
    hideLabel = false,
    icon,
    end,
    size = 'medium',
    inputRef,
    ...native
  } = props
  const id = useId()
  const note = error || hint ? `${id}-note` : undefined
  const counter = limit === undefined ? undefined : counterText(value.length, limit)
  return (
    <div class={styles.field}>
      <label class={classes(styles.label, hideLabel && 'visually-hidden')} for={id}>
        {label}
      </label>
      <div class={classes(styles.box, styles[size], error && styles.wrong)}>
        {icon && <span class={styles.icon}>{icon}</span>}
        <input
          dir="auto"
          // `as`: Preact tells inputs apart by a literal type, which a variable can not be.
          {...({ type: 'text', ...native } as InputHTMLAttributes<HTMLInputElement>)}
          {...(inputRef && { ref: inputRef })}
          id={id}
          class={styles.input}
          value={value}
          aria-invalid={error ? 'true' : undefined}
          aria-describedby={note}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        {end}
      </div>
      {(!hideLabel || note) && (
        <div class={styles.below}>
          <span id={note} class={classes(styles.note, error && styles.error)}>
            {error && <AlertIcon size="1em" />}
            {error ?? hint}
          </span>
          {counter && <span class={classes(styles.counter, counter.isOver && styles.error)}>{counter.text}</span>}
        </div>
      )}
    </div>
  )
}
