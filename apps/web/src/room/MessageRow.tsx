import type { RowView } from '@parley/client'
import { Avatar } from '../kit/Avatar.tsx'
import { classes } from '../kit/classes.ts'
import { fullTimeWords, timeWords } from './day-words.ts'
import { MessageEditor } from './MessageEditor.tsx'
import styles from './MessageRow.module.css'
import { MessageText } from './MessageText.tsx'
import { MessageToolbar } from './MessageToolbar.tsx'
import { memo } from './memo.ts'
import { Reactions } from './Reactions.tsx'
import type { RowActions } from './row-actions.ts'
import { SendState } from './SendState.tsx'

export interface MessageRowProps {
  readonly row: RowView
  /** Shows who speaks; the rows below belong to the same. */
  readonly isGroupStart: boolean
  /** Shows what can be done with it. */
  readonly isActive: boolean
  /** Tab leads here; arrows lead to the others. */
  readonly isStop: boolean
  readonly isEditing: boolean
  readonly isOwner: boolean
  readonly actions: RowActions
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { row, isGroupStart, isActive, isStop, isEditing, isOwner, actions } = props
  const name = row.author?.displayName ?? 'Somebody'
  const isPending = row.status !== 'posted'
  return (
    <article
      class={classes(
        styles.row,
        isGroupStart && styles.groupStart,
        isActive && styles.active,
        isPending && styles.pending,
        isEditing && styles.editing,
      )}
      data-message={row.key}
      tabIndex={isStop ? 0 : -1}
      aria-label={spokenWords(row, name)}
    >
      <div class={styles.gutter}>
        {isGroupStart ? <Avatar name={name} seed={row.authorId} size="message" /> : <Time at={row.postedAt} isQuiet />}
      </div>
      <div class={styles.content}>
        {isGroupStart && (
          <div class={styles.head}>
            <bdi class={classes(styles.name, row.isMine && styles.mine)}>{name}</bdi>
            <Time at={row.postedAt} />
          </div>
        )}
        {isEditing ? (
          <MessageEditor row={row} actions={actions} />
        ) : row.isDeleted ? (
          <p class={styles.deleted}>Message deleted</p>
        ) : (
          <MessageText body={row.body} editedAt={row.editedAt} isReachable={isStop} />
        )}
        {row.reactions.length > 0 && <Reactions row={row} isReachable={isStop} actions={actions} />}
      </div>
      <div class={styles.state}>{row.isMine && <SendState row={row} />}</div>
      {isActive && !isEditing && !row.isDeleted && <MessageToolbar row={row} isOwner={isOwner} actions={actions} />}
    </article>
  )
})

function Time({ at, isQuiet = false }: { readonly at: number; readonly isQuiet?: boolean }) {
  return (
    <time
      class={classes(styles.time, isQuiet && styles.quiet)}
      dateTime={new Date(at).toISOString()}
      title={fullTimeWords(at)}
    >
      {timeWords(at)}
    </time>
  )
}

const MOST_SPOKEN = 300

function spokenWords(row: RowView, name: string): string {
  const who = `${row.isMine ? 'You' : name}, ${timeWords(row.postedAt)}`
  if (row.isDeleted) return `${who}: Message deleted`
  const body = row.body.length > MOST_SPOKEN ? `${row.body.slice(0, MOST_SPOKEN)}…` : row.body
  return `${who}${row.editedAt === undefined ? '' : ', edited'}: ${body}`
}
