import type { ButtonHTMLAttributes, ComponentChildren, Ref } from 'preact'
import styles from './Button.module.css'
import { classes } from './classes.ts'
import { Spinner } from './Spinner.tsx'

export type ButtonVariant = 'primary' | 'secondary' | 'quiet' | 'danger'

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'size' | 'icon' | 'ref' | 'class'> {
  readonly variant?: ButtonVariant
  readonly size?: 'small' | 'medium' | 'large'
  /** Working: keeps its size and its focus, shows a spinner and does nothing when pressed. */
  readonly busy?: boolean
  readonly icon?: ComponentChildren
  /** As wide as its container. */
  readonly wide?: boolean
  readonly class?: string | undefined
  readonly buttonRef?: Ref<HTMLButtonElement> | undefined
  readonly children: ComponentChildren
}

export function Button(props: ButtonProps) {
  const { variant = 'secondary', size = 'medium', busy = false, icon, wide = false, ...rest } = props
  const { class: extra, buttonRef, children, onClick, type = 'button', ...native } = rest
  return (
    <button
      {...native}
      {...(buttonRef && { ref: buttonRef })}
      type={type}
      class={classes(buttonClass(variant, size), wide && styles.wide, busy && styles.busy, extra)}
      // Not `disabled`: that would drop the focus to the page the moment a form is sent.
      aria-disabled={busy ? 'true' : native['aria-disabled']}
      aria-busy={busy ? 'true' : undefined}
      onClick={(event) => {
        if (busy) event.preventDefault()
        else if (typeof onClick === 'function') onClick.call(event.currentTarget, event)
      }}
    >
      <span class={styles.content}>
        {icon}
        {children}
      </span>
      {busy && (
        <span class={styles.spinner}>
          <Spinner />
        </span>
      )}
    </button>
  )
}

/** The look of a button for a link: `<a class={buttonClass('primary')} href=…>`. */
export function buttonClass(
  variant: ButtonVariant = 'secondary',
  size: 'small' | 'medium' | 'large' = 'medium',
): string {
  return classes(styles.button, styles[variant], styles[size])
}
