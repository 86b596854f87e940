import type { CommandId } from '@parley/protocol'
import type { OutboxEntry, Target } from './outbox-entry.ts'

/** How many commands of a room may wait for their answers at once. */
export const LANE_WIDTH = 8

/**
 * What of a room's queue may be sent now. Nothing overtakes: an entry that goes out again waits until everything behind it
 * that is under way was answered, and an edit of a message that has no id yet waits for the id. (SPEC F3)
 */
export function sendable(queue: readonly OutboxEntry[], width: number): readonly OutboxEntry[] {
  const firstWaiting = queue.findIndex((entry) => !entry.isSending)
  if (firstWaiting === -1) return []
  const waiting = queue.slice(firstWaiting)
  if (waiting.some((entry) => entry.isSending)) return []
  const free = Math.max(0, width - firstWaiting)
  const unresolved = waiting.findIndex((entry) => !isResolved(entry))
  return waiting.slice(0, unresolved === -1 ? free : Math.min(free, unresolved))
}

function isResolved({ command }: OutboxEntry): boolean {
  return command.name === 'post-message' || 'messageId' in command.target
}

export function sameTarget(a: Target, b: Target): boolean {
  if ('messageId' in a) return 'messageId' in b && a.messageId === b.messageId
  return 'commandId' in b && a.commandId === b.commandId
}

/** True when the entry changes the message that the command `id` posts. */
export function dependsOn({ command }: OutboxEntry, id: CommandId): boolean {
  return command.name !== 'post-message' && 'commandId' in command.target && command.target.commandId === id
}
