import styles from './Logo.module.css'

export interface LogoProps {
  /** Height of the mark, as a CSS length. */
  readonly size?: string
  /** Show the name beside the mark. Without it the mark is decoration unless `label` is given. */
  readonly wordmark?: boolean
  readonly label?: string
}

/** The mark: a P that is a speech bubble; in it, facing the other way, a second one. Two voices, one place. */
export function Logo({ size = '1.75rem', wordmark = false, label = wordmark ? 'Parley' : undefined }: LogoProps) {
  const spoken = label ? ({ role: 'img', 'aria-label': label } as const) : ({ 'aria-hidden': 'true' } as const)
  return (
    <span class={styles.logo} style={{ fontSize: size }} {...spoken}>
      <svg class={styles.mark} viewBox="4 1 24 30" focusable="false" aria-hidden="true">
        <path class={styles.outer} d="M5 13a11 11 0 1 1 11 11h-4.5L6.7 29.6A1 1 0 0 1 5 28.9Z" />
        <path class={styles.inner} d="M16.5 7.5H21a1 1 0 0 1 1 1V13a5.5 5.5 0 1 1-5.5-5.5Z" />
      </svg>
      {wordmark && (
        <svg class={styles.word} viewBox="2.4 2.4 77.6 26.2" focusable="false" aria-hidden="true">
          <path d="M4 10.5V27M4 15.5a5.5 5.5 0 1 1 11 0a5.5 5.5 0 1 1-11 0M31 10.5V21M31 15.5a5.5 5.5 0 1 1-11 0a5.5 5.5 0 1 1 11 0M37 21V10.5M37 15.5c0-3 2-5 5.2-5M47.3 4V21M53.3 15.3H63.8c0-3-2.3-5.3-5.2-5.3a5.5 5.5 0 1 0 4 9.3M68.3 10.5L73.3 21M78.3 10.5L72.3 23.5c-1 2.3-2.2 3.5-4.5 3.5" />
        </svg>
      )}
    </span>
  )
}
