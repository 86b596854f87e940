import type { CommandId } from '@parley/protocol'
import { sameTarget } from './lanes.ts'
import type { OutboxCommand, OutboxEntry } from './outbox-entry.ts'

export type ChangeCommand = Exclude<OutboxCommand, { name: 'post-message' }>

/** How a change settles into a queue: entries that it replaces, entries that it makes superfluous, and whether it queues itself. */
export interface Merged {
  readonly replaced: readonly OutboxEntry[]
  readonly removed: readonly CommandId[]
  readonly isQueued: boolean
}

const QUEUED: Merged = { replaced: [], removed: [], isQueued: true }

/**
 * Merges a change of a message into entries that were never written to a socket; what may already be known to the server
 * stays as it is, and the change queues behind it. (SPEC F4)
 */
export function mergeChange(queue: readonly OutboxEntry[], change: ChangeCommand): Merged {
  const about = queue.filter((entry) => isAbout(entry, change))
  const post = about.find((entry) => entry.command.name === 'post-message')
  const isFresh = post !== undefined && about.every((entry) => !entry.isWritten)
  switch (change.name) {
    case 'edit-message':
      return mergeEdit(about, change, isFresh ? post : undefined)
    case 'delete-message': {
      const unwritten = about.filter((entry) => !entry.isWritten && entry.command.name !== 'post-message')
      const removed = (isFresh ? about : unwritten).map((entry) => entry.id)
      return { replaced: [], removed, isQueued: !isFresh }
    }
    case 'add-reaction':
    case 'remove-reaction':
      return mergeReaction(about, change)
  }
}

function mergeEdit(
  about: readonly OutboxEntry[],
  change: Extract<ChangeCommand, { name: 'edit-message' }>,
  freshPost: OutboxEntry | undefined,
): Merged {
  const earlier = freshPost ?? about.findLast((entry) => entry.command.name === 'edit-message' && !entry.isWritten)
  if (!earlier || !('body' in earlier.command)) return QUEUED
  return { ...QUEUED, replaced: [{ ...earlier, command: { ...earlier.command, body: change.body } }], isQueued: false }
}

/** A reaction given and taken back before anybody heard of it never happened. */
function mergeReaction(about: readonly OutboxEntry[], change: Extract<ChangeCommand, { emoji: string }>): Merged {
  const last = about.findLast(({ command }) => 'emoji' in command && command.emoji === change.emoji)
  if (!last) return QUEUED
  if (last.command.name === change.name) return { ...QUEUED, isQueued: false }
  return last.isWritten ? QUEUED : { replaced: [], removed: [last.id], isQueued: false }
}

function isAbout(entry: OutboxEntry, change: ChangeCommand): boolean {
  if (entry.command.name !== 'post-message') return sameTarget(entry.command.target, change.target)
  return 'commandId' in change.target && change.target.commandId === entry.id
}
