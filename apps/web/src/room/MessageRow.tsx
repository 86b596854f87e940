import { nameOf, type RowView } from '@parley/client'
import { useState } from 'preact/hooks'
import { Avatar } from '../kit/Avatar.tsx'
import { classes } from '../kit/classes.ts'
import { PersonButton } from '../people/PersonButton.tsx'
import { BlockedMessage } from './BlockedMessage.tsx'
import { fullTimeWords, timeWords } from './day-words.ts'
import { MessageEditor } from './MessageEditor.tsx'
import styles from './MessageRow.module.css'
import { MessageText } from './MessageText.tsx'
import { MessageToolbar } from './MessageToolbar.tsx'
import { memo } from './memo.ts'
import { Reactions } from './Reactions.tsx'
import type { RowActions, RowRights } from './row-actions.ts'
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
  readonly rights: RowRights
  readonly actions: RowActions
}

/** Messages of people I block that I asked to see; forgotten with the page. */
const revealed = new Set<string>()

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { row, isGroupStart, isActive, isStop, isEditing, rights, actions } = props
  const [isRevealed, setRevealed] = useState(() => revealed.has(row.key))
  const name = row.author ? nameOf(row.author) : 'Somebody'
  const isPending = row.status !== 'posted'
  if (row.isBlocked && !isRevealed && !row.isDeleted) {
    return (
      <BlockedMessage
        row={row}
        isStop={isStop}
        onShow={() => {
          revealed.add(row.key)
          setRevealed(true)
        }}
      />
    )
  }
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
        {isGroupStart ? (
          <PersonButton userId={row.authorId} isSilent>
            <Avatar name={name} seed={row.authorId} size="message" />
          </PersonButton>
        ) : (
          <Time at={row.postedAt} isQuiet />
        )}
      </div>
      <div class={styles.content}>
        {isGroupStart && (
          <div class={styles.head}>
            <PersonButton
              userId={row.authorId}
              isReachable={isStop}
              class={classes(styles.name, row.isMine && styles.mine)}
            >
              <bdi>{name}</bdi>
            </PersonButton>
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
        {row.reactions.length > 0 && (
          <Reactions row={row} isReachable={isStop} isMuted={rights.isMuted} actions={actions} />
        )}
      </div>
      <div class={styles.state}>{row.isMine && <SendState row={row} />}</div>
      {isActive && !isEditing && !row.isDeleted && <MessageToolbar row={row} rights={rights} actions={actions} />}
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
