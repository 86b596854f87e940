import { addReaction } from './add-reaction.ts'
import { changeTopic } from './change-topic.ts'
import { closeRoom } from './close-room.ts'
import type { CommandDefinition, StateCommandName } from './command.ts'
import { createRoom } from './create-room.ts'
import { deleteMessage } from './delete-message.ts'
import { editMessage } from './edit-message.ts'
import { enterRoom } from './enter-room.ts'
import { leaveRoom } from './leave-room.ts'
import { markRead } from './mark-read.ts'
import { postMessage } from './post-message.ts'
import { removeReaction } from './remove-reaction.ts'
import { renameRoom } from './rename-room.ts'

/** Every command by its name on the wire; the type makes a missing one a compile error. */
export const registry: { readonly [Name in StateCommandName]: CommandDefinition<Name> } = {
  'add-reaction': addReaction,
  'change-topic': changeTopic,
  'close-room': closeRoom,
  'create-room': createRoom,
  'delete-message': deleteMessage,
  'edit-message': editMessage,
  'enter-room': enterRoom,
  'leave-room': leaveRoom,
  'mark-read': markRead,
  'post-message': postMessage,
  'remove-reaction': removeReaction,
  'rename-room': renameRoom,
}
