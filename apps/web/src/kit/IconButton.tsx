import type { ButtonHTMLAttributes, ComponentChildren, Ref } from 'preact'
import { classes } from './classes.ts'
import styles from './IconButton.module.css'
import { Tooltip, type TooltipProps } from './Tooltip.tsx'

export interface IconButtonProps
  extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'size' | 'icon' | 'label' | 'ref' | 'class'> {
  /** The accessible name, and the words of the tooltip. */
  readonly label: string
  readonly icon: ComponentChildren
  readonly variant?: 'quiet' | 'primary' | 'danger'
  readonly size?: 'small' | 'medium'
  /** A toggle that is on. Leave it out where the button is no toggle. */
  readonly pressed?: boolean | undefined
  /** Shown in the tooltip: "Alt+ArrowUp". */
  readonly keys?: string
  readonly tooltipPlacement?: TooltipProps['placement']
  readonly class?: string | undefined
  readonly buttonRef?: Ref<HTMLButtonElement> | undefined
}

export function IconButton(props: IconButtonProps) {
  const { label, icon, variant = 'quiet', size = 'medium', pressed, keys, tooltipPlacement, ...rest } = props
  const { class: extra, buttonRef, type = 'button', ...native } = rest
  return (
    <Tooltip text={label} {...(keys && { keys })} {...(tooltipPlacement && { placement: tooltipPlacement })}>
      <button
        {...native}
        {...(buttonRef && { ref: buttonRef })}
        type={type}
        class={classes(styles.button, styles[variant], styles[size], extra)}
        aria-label={label}
        aria-pressed={pressed}
      >
        {icon}
      </button>
    </Tooltip>
  )
}
