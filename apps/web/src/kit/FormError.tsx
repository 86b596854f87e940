import type { ComponentChildren } from 'preact'
import styles from './FormError.module.css'
import { AlertIcon } from './icons.tsx'

/** What went wrong with a whole form or act: what happened, what was kept, what to do. Spoken at once. */
export function FormError({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class={styles.error} role="alert">
      <AlertIcon size="1.125rem" />
      <div>{children}</div>
    </div>
  )
}
