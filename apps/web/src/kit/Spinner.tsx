import styles from './Spinner.module.css'

export interface SpinnerProps {
  /** A CSS length; 1.25rem unless told. */
  readonly size?: string
  /** Spoken; without it the spinner is decoration beside a text that says the same. */
  readonly label?: string
}

/** Two voices circling: for waits of unknown length. Show it after half a second, not at once. */
export function Spinner({ size = '1.25rem', label }: SpinnerProps) {
  const spoken = label ? ({ role: 'img', 'aria-label': label } as const) : ({ 'aria-hidden': 'true' } as const)
  return (
    // biome-ignore lint/a11y/noSvgWithoutTitle: it has a label, or is decoration.
    <svg class={styles.spinner} viewBox="0 0 24 24" style={{ width: size, height: size }} focusable="false" {...spoken}>
      <circle class={styles.track} cx="12" cy="12" r="9" />
      <path class={styles.arc} d="M12 3a9 9 0 0 1 9 9" />
    </svg>
  )
}
