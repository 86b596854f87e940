import styles from './Badge.module.css'
import { classes } from './classes.ts'

export interface BadgeProps {
  readonly count: number
  /** What is counted, for the ear: "unread messages". */
  readonly noun?: string
  /** `them` calls for attention, `quiet` only counts. */
  readonly tone?: 'them' | 'quiet'
  /** From here on "99+" (99 unless told). */
  readonly max?: number
}

/** A count. Shows nothing at zero. */
export function Badge({ count, noun, tone = 'them', max = 99 }: BadgeProps) {
  if (count <= 0) return null
  const shown = badgeText(count, max)
  return (
    <span class={classes(styles.badge, styles[tone])}>
      <span aria-hidden={noun ? 'true' : undefined}>{shown}</span>
      {noun && <span class="visually-hidden">{`${shown} ${noun}`}</span>}
    </span>
  )
}

export function badgeText(count: number, max = 99): string {
  return count > max ? `${max}+` : String(count)
}
