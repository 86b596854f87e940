import { z } from 'zod'
import { lobbyRoom, number, occupants, ownStanding, room, roomId, time, user, userId } from './entities.ts'

/**
 * Passing facts from the server, never stored. Each is whole state, so a lost one is made good by the next; what it leaves out it
 * names by a version, and whoever has missed that asks.
 */
export const signals = {
  typing: {
    audience: 'occupants of the room',
    about: 'Everybody who types in the room now, most recent last. A client forgets it after six seconds.',
    schema: z.object({ name: z.literal('typing'), roomId, people: z.array(user).max(5), more: z.int() }),
  },
  occupants: {
    audience: 'occupants of the room',
    about: 'Who is in the room now. Instead of naming the same people again it says which version has named them.',
    schema: occupants.partial({ people: true }).extend({
      name: z.literal('occupants'),
      since: z
        .int()
        .optional()
        .describe('the people are those of this version and of all since; only without `people`'),
    }),
  },
  profile: {
    audience: 'whoever shares an open room with the person, and the person',
    about: 'A person has another name or picture; the higher version replaces.',
    schema: z.object({ name: z.literal('profile'), user }),
  },
  lobby: {
    audience: 'connections whose open place is the lobby',
    about: 'Rooms that are new or changed (whole entries) and rooms that are gone.',
    schema: z.object({
      name: z.literal('lobby'),
      version: z.int(),
      rooms: z.array(lobbyRoom),
      gone: z.array(roomId),
      totals: z.object({ active: z.int(), existing: z.int() }),
    }),
  },
  activity: {
    audience: 'one member, for rooms that are not open',
    about: 'A room has news; at most one a second per room.',
    schema: z.object({ name: z.literal('activity'), roomId, lastNumber: number, unread: z.int(), mentions: z.int() }),
  },
  marker: {
    audience: "one member's other connections",
    about: 'The read marker moved, on some device.',
    schema: z.object({ name: z.literal('marker'), roomId, number, unread: z.int(), mentions: z.int() }),
  },
  room: {
    audience: 'members of the room',
    about: 'Name, topic, rules or owner changed; for rooms that are not open.',
    schema: z.object({
      name: z.literal('room'),
      room,
      peer: user.optional().describe('of a direct room that is new to me: the other person'),
    }),
  },
  standing: {
    audience: 'one member',
    about: 'What I am in a room changed: my role, or until when I am muted.',
    schema: ownStanding.extend({ name: z.literal('standing'), roomId }),
  },
  blocks: {
    audience: "one person's connections",
    about: 'Whom I block, all of them.',
    schema: z.object({ name: z.literal('blocks'), blocked: z.array(userId) }),
  },
  'room-closed': {
    audience: 'members of the room, until the closing',
    about: 'The room and its history are gone.',
    schema: z.object({ name: z.literal('room-closed'), roomId, roomName: z.string(), closedBy: user, closedAt: time }),
  },
} as const
export type SignalName = keyof typeof signals
export type SignalOf<Name extends SignalName> = Readonly<z.infer<(typeof signals)[Name]['schema']>>
export type Signal = { [Name in SignalName]: SignalOf<Name> }[SignalName]

/** Passing facts from a client. */
export const clientSignals = {
  typing: {
    about: 'I type here; repeated every three seconds, `isTyping: false` when I stop or clear the text.',
    schema: z.object({ roomId, isTyping: z.boolean() }),
  },
} as const
export type ClientSignalName = keyof typeof clientSignals
export type ClientSignalInput<Name extends ClientSignalName> = z.infer<(typeof clientSignals)[Name]['schema']>
