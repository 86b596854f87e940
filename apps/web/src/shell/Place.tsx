import type { ComponentChildren } from 'preact'
import styles from './Place.module.css'
import { SidebarToggle } from './SidebarToggle.tsx'

/** A screen that is one statement, in the middle. */
export function Place({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class={styles.place}>
      <header class={styles.head}>
        <SidebarToggle />
      </header>
      <div class={styles.middle}>{children}</div>
    </div>
  )
}
