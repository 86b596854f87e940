import type { RowView } from '@parley/client'
import { useRef } from 'preact/hooks'
import { CheckIcon, ClockIcon } from '../kit/icons.tsx'
import styles from './SendState.module.css'

/** Where an own message is on its way. Its place is always kept, so that nothing moves. */
export function SendState({ row }: { readonly row: RowView }) {
  const wasPending = useRef(false)
  const isPending = row.status !== 'posted' || row.pendingChange !== undefined
  if (isPending) {
    wasPending.current = true
    const label = row.status === 'waiting' ? 'Waiting to be sent' : 'Sending'
    return (
      <span class={styles.pending} role="img" aria-label={label} title={label}>
        <ClockIcon size="0.875rem" />
      </span>
    )
  }
  if (!wasPending.current) return null
  return (
    <span class={styles.sent} role="img" aria-label="Sent">
      <CheckIcon size="0.875rem" />
    </span>
  )
}
