import type { ReactionView, RowView } from '@parley/client'
import { classes } from '../kit/classes.ts'
import { Tooltip } from '../kit/Tooltip.tsx'
import styles from './Reactions.module.css'
import type { RowActions } from './row-actions.ts'

export interface ReactionsProps {
  readonly row: RowView
  readonly isReachable: boolean
  readonly isMuted: boolean
  readonly actions: RowActions
}

/** Each kind is a toggle: on when I am among those who reacted with it. */
export function Reactions({ row, isReachable, isMuted, actions }: ReactionsProps) {
  return (
    <div class={styles.reactions}>
      {row.reactions.map((reaction) => (
        <Tooltip key={reaction.emoji} text={whoReacted(reaction, actions.nameOf)} describes>
          <button
            type="button"
            class={classes(styles.reaction, reaction.isMine && styles.mine)}
            aria-pressed={reaction.isMine}
            aria-disabled={row.messageId === undefined || (isMuted && !reaction.isMine)}
            tabIndex={isReachable ? undefined : -1}
            onClick={() => actions.toggleReaction(row, reaction.emoji)}
          >
            <span class={styles.emoji}>{reaction.emoji}</span>
            <span class={styles.count}>{reaction.count}</span>
          </button>
        </Tooltip>
      ))}
    </div>
  )
}

/** "You, Ann and 3 others reacted with 👍". */
export function whoReacted(reaction: ReactionView, nameOf: RowActions['nameOf']): string {
  const names = reaction.people.map(nameOf)
  const others = reaction.count - names.length
  if (others > 0) names.push(others === 1 ? '1 other' : `${others} others`)
  return `${new Intl.ListFormat('en').format(names)} reacted with ${reaction.emoji}`
}
