import type { ComponentChildren } from 'preact'
import styles from './EmptyState.module.css'

export interface EmptyStateProps {
  readonly title: string
  /** What happened or what this place is for, in a sentence or two. */
  readonly children?: ComponentChildren
  /** The one next step, a Button. */
  readonly action?: ComponentChildren
  /** A picture or icon above the title; the two bubbles unless told. `null` for none. */
  readonly picture?: ComponentChildren
  /** Which heading: 1 when it is the whole page. */
  readonly level?: 1 | 2 | 3
}

/** An empty place, an unknown page, a failure: says so and offers one next step. */
export function EmptyState({ title, children, action, picture = <TwoVoices />, level = 2 }: EmptyStateProps) {
  const Heading = `h${level}` as const
  return (
    <div class={styles.empty}>
      {picture !== null && <div class={styles.picture}>{picture}</div>}
      <Heading class={styles.title}>{title}</Heading>
      {children && <div class={styles.text}>{children}</div>}
      {action && <div class={styles.action}>{action}</div>}
    </div>
  )
}

function TwoVoices() {
  return (
    <svg class={styles.voices} viewBox="0 0 96 60" aria-hidden="true" focusable="false">
      <path class={styles.you} d="M4 25a21 21 0 1 1 21 21H7a3 3 0 0 1-3-3Z" />
      <path class={styles.them} d="M71 14h18a3 3 0 0 1 3 3v18a21 21 0 1 1-21-21Z" />
      <path class={styles.lines} d="M17 22h16M17 30h10M63 31h16M63 39h10" />
    </svg>
  )
}
