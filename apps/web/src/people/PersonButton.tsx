import type { UserId } from '@parley/protocol'
import type { ComponentChildren } from 'preact'
import { classes } from '../kit/classes.ts'
import styles from './PersonButton.module.css'

export interface PersonButtonProps {
  readonly userId: UserId
  /** Reached by Tab; else by the pointer only. */
  readonly isReachable?: boolean
  /** A picture beside the name that says the same. */
  readonly isSilent?: boolean
  readonly class?: string | undefined
  readonly children: ComponentChildren
}

/** A name or picture that opens the person's card. */
export function PersonButton({ userId, isReachable = true, isSilent, class: extra, children }: PersonButtonProps) {
  return (
    <button
      type="button"
      class={classes(styles.person, extra)}
      data-person={userId}
      aria-haspopup="dialog"
      aria-hidden={isSilent ? 'true' : undefined}
      tabIndex={isReachable && !isSilent ? undefined : -1}
    >
      {children}
    </button>
  )
}
