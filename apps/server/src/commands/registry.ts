import { addMember } from './add-member.ts'
import { addReaction } from './add-reaction.ts'
import { banMember } from './ban-member.ts'
import { blockPerson } from './block-person.ts'
import { changeName } from './change-name.ts'
import { changeSettings } from './change-settings.ts'
import { changeTopic } from './change-topic.ts'
import { closeRoom } from './close-room.ts'
import type { CommandDefinition, StateCommandName } from './command.ts'
import { createInvitation } from './create-invitation.ts'
import { createRoom } from './create-room.ts'
import { deleteMessage } from './delete-message.ts'
import { disablePerson } from './disable-person.ts'
import { editMessage } from './edit-message.ts'
import { enablePerson } from './enable-person.ts'
import { enterRoom } from './enter-room.ts'
import { handOverRoom } from './hand-over-room.ts'
import { leaveRoom } from './leave-room.ts'
import { markRead } from './mark-read.ts'
import { muteMember } from './mute-member.ts'
import { postMessage } from './post-message.ts'
import { removeMember } from './remove-member.ts'
import { removeReaction } from './remove-reaction.ts'
import { renameRoom } from './rename-room.ts'
import { revokeInvitation } from './revoke-invitation.ts'
import { setMemberRole } from './set-member-role.ts'
import { setPersonRole } from './set-person-role.ts'
import { setRoomRules } from './set-room-rules.ts'
import { signOutPerson } from './sign-out-person.ts'
import { startDirect } from './start-direct.ts'
import { unbanMember } from './unban-member.ts'
import { unblockPerson } from './unblock-person.ts'
import { unmuteMember } from './unmute-member.ts'

/** Every command by its name on the wire; the type makes a missing one a compile error. */
export const registry: { readonly [Name in StateCommandName]: CommandDefinition<Name> } = {
  'add-member': addMember,
  'add-reaction': addReaction,
  'ban-member': banMember,
  'block-person': blockPerson,
  'change-name': changeName,
  'change-topic': changeTopic,
  'close-room': closeRoom,
  'create-invitation': createInvitation,
  'create-room': createRoom,
  'delete-message': deleteMessage,
  'edit-message': editMessage,
  'enter-room': enterRoom,
  'hand-over-room': handOverRoom,
  'leave-room': leaveRoom,
  'mark-read': markRead,
  'mute-member': muteMember,
  'post-message': postMessage,
  'remove-member': removeMember,
  'remove-reaction': removeReaction,
  'rename-room': renameRoom,
  'revoke-invitation': revokeInvitation,
  'set-member-role': setMemberRole,
  'set-room-rules': setRoomRules,
  'start-direct': startDirect,
  'unban-member': unbanMember,
  'unblock-person': unblockPerson,
  'unmute-member': unmuteMember,
  'change-settings': changeSettings,
  'disable-person': disablePerson,
  'enable-person': enablePerson,
  'set-person-role': setPersonRole,
  'sign-out-person': signOutPerson,
}
