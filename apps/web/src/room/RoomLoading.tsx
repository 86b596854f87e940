import { Skeleton } from '../kit/Skeleton.tsx'
import styles from './RoomLoading.module.css'

const WIDTHS = ['62%', '38%', '74%', '51%', '30%', '66%'] as const

/** In the shape of what is about to come. */
export function RoomLoading() {
  return (
    <div class={styles.loading} role="status" aria-busy="true">
      <span class="visually-hidden">Loading messages…</span>
      {WIDTHS.map((width, index) => (
        <div key={width} class={styles.row}>
          <Skeleton shape="face" width="var(--face-message)" height="var(--face-message)" />
          <div class={styles.text}>
            <Skeleton width={`${7 + (index % 3) * 2}rem`} />
            <Skeleton width={width} />
          </div>
        </div>
      ))}
    </div>
  )
}
