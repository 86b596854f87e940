import type { QueryName } from '@parley/protocol'
import { findPeople } from './find-people.ts'
import { getRoom } from './get-room.ts'
import { getSettings } from './get-settings.ts'
import { getUsers } from './get-users.ts'
import { listAllRooms } from './list-all-rooms.ts'
import { listBans } from './list-bans.ts'
import { listInvitations } from './list-invitations.ts'
import { listMembers } from './list-members.ts'
import { listMessages } from './list-messages.ts'
import { listMyRooms } from './list-my-rooms.ts'
import { listOccupants } from './list-occupants.ts'
import { listPeople } from './list-people.ts'
import { listReactors } from './list-reactors.ts'
import { listRooms } from './list-rooms.ts'
import { listSessions } from './list-sessions.ts'
import type { QueryDefinition } from './query.ts'

/** Every query by its name on the wire; the type makes a missing one a compile error. */
export const registry: { readonly [Name in QueryName]: QueryDefinition<Name> } = {
  'find-people': findPeople,
  'get-room': getRoom,
  'get-users': getUsers,
  'list-bans': listBans,
  'list-invitations': listInvitations,
  'list-members': listMembers,
  'list-messages': listMessages,
  'list-my-rooms': listMyRooms,
  'list-occupants': listOccupants,
  'list-reactors': listReactors,
  'list-rooms': listRooms,
  'get-settings': getSettings,
  'list-all-rooms': listAllRooms,
  'list-people': listPeople,
  'list-sessions': listSessions,
}
