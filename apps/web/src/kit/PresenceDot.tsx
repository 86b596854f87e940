import { classes } from './classes.ts'
import styles from './PresenceDot.module.css'

export type Presence = 'here' | 'away' | 'gone'

export interface PresenceDotProps {
  readonly presence: Presence
  /** Spoken; without it the dot is decoration beside words that say the same. */
  readonly label?: string
  readonly class?: string | undefined
}

/** Here is a disc, away a crescent, gone a ring: told apart without colour. Its size is `--dot`. */
export function PresenceDot({ presence, label, class: extra }: PresenceDotProps) {
  const spoken = label ? ({ role: 'img', 'aria-label': label } as const) : ({ 'aria-hidden': 'true' } as const)
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: it has a label, or is decoration.
    <svg class={classes(styles.dot, styles[presence], extra)} viewBox="0 0 12 12" focusable="false" {...spoken}>
      <circle class={styles.ground} cx="6" cy="6" r="6" />
      {presence === 'here' && <circle class={styles.shape} cx="6" cy="6" r="4.2" />}
      {presence === 'away' && <path class={styles.shape} d="M7.6 2.1A4.2 4.2 0 1 0 9.9 7.6A4 4 0 0 1 7.6 2.1Z" />}
      {presence === 'gone' && <circle class={styles.ring} cx="6" cy="6" r="3.4" />}
    </svg>
  )
}
