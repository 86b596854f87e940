import type { RowView } from '@parley/client'
import { classes } from '../kit/classes.ts'
import { EyeOffIcon } from '../kit/icons.tsx'
import styles from './BlockedMessage.module.css'
import row from './MessageRow.module.css'

export interface BlockedMessageProps {
  readonly row: RowView
  readonly isStop: boolean
  readonly onShow: () => void
}

/** Stands for what somebody wrote whom I block, without name or words. */
export function BlockedMessage({ row: { key }, isStop, onShow }: BlockedMessageProps) {
  return (
    <article
      class={classes(row.row, styles.blocked)}
      data-message={key}
      tabIndex={isStop ? 0 : -1}
      aria-label="Message from somebody you block"
    >
      <div class={row.gutter}>
        <EyeOffIcon size="1rem" />
      </div>
      <p class={styles.words}>
        Message from somebody you block ·{' '}
        <button type="button" class={styles.show} data-show="" tabIndex={isStop ? undefined : -1} onClick={onShow}>
          Show
        </button>
      </p>
    </article>
  )
}
