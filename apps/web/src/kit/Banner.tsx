import type { ComponentChildren } from 'preact'
import styles from './Banner.module.css'
import { classes } from './classes.ts'

export interface BannerProps {
  readonly children: ComponentChildren
  readonly tone?: 'neutral' | 'them' | 'danger'
  readonly icon?: ComponentChildren
  /** A small Button: "Try now". */
  readonly action?: ComponentChildren
}

/**
 * A slim notice that floats over the top of the nearest positioned ancestor, so that nothing moves when it comes and
 * goes. It does not speak by itself: call `announce` when its words are worth hearing.
 */
export function Banner({ children, tone = 'neutral', icon, action }: BannerProps) {
  return (
    <div class={styles.place}>
      <div class={classes(styles.banner, styles[tone])}>
        {icon}
        <span class={styles.text}>{children}</span>
        {action}
      </div>
    </div>
  )
}
