import type { ComponentChildren } from 'preact'
import styles from './Welcome.module.css'

/** The frame of everything that is shown before one is in. */
export function Welcome({ children }: { readonly children: ComponentChildren }) {
  return (
    <main class={styles.welcome}>
      <Voices />
      <div class={styles.card}>{children}</div>
    </main>
  )
}

/** The two bubbles of the mark, as large as the page. */
function Voices() {
  return (
    <svg class={styles.voices} viewBox="0 0 1200 800" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <path class={styles.you} d="M-60 300a320 320 0 1 1 320 320H-20a40 40 0 0 1-40-40Z" />
      <path class={styles.them} d="M960 210h210a36 36 0 0 1 36 36v210a246 246 0 1 1-246-246Z" />
    </svg>
  )
}
