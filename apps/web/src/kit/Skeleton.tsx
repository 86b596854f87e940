import styles from './Skeleton.module.css'

export interface SkeletonProps {
  /** CSS lengths; the shape must be as large as what will stand there, or the page jumps. */
  readonly width?: string
  readonly height?: string
  readonly shape?: 'text' | 'face' | 'block'
}

/** A place where something is about to be. Wrap a group of them in an element with `aria-busy`. */
export function Skeleton({ width = '100%', height = '0.75em', shape = 'text' }: SkeletonProps) {
  return <span class={`${styles.skeleton} ${styles[shape]}`} style={{ width, height }} aria-hidden="true" />
}
