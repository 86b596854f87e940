import { z } from 'zod'
import { emoji, messageId, number, roomId, seq, typedText, user } from './entities.ts'
import type { RefusalCode } from './refusals.ts'

interface CommandDefinition {
  readonly about: string
  readonly input: z.ZodType
  readonly output: z.ZodType
  readonly refusals: readonly RefusalCode[]
  /** `stored`: a repeat with the same id gets the first answer. `free`: a set or max-merge, harmless to repeat. */
  readonly repeats: 'stored' | 'free'
  /** `http` commands make or end a session, so they cannot come over a socket, which has one. */
  readonly over?: 'http'
}

const done = z.object({})
const inRoom = z.object({ roomId })
const onMessage = z.object({ roomId, messageId })
const appended = z.object({ seq })
const ROOM: readonly RefusalCode[] = ['room-not-found', 'room-closed', 'not-a-member']

export const commands = {
  enter: {
    about:
      'A guest types a name and is in. The same id and secret within ten minutes give a new session of the same guest, so that a lost reply does not take the name. Without an `Origin` header the answer carries `token`, usable as a bearer token.',
    input: z.object({
      name: typedText,
      secret: z.string().min(16).max(128).describe('random, made by the client, never shown'),
    }),
    output: z.object({ user, token: z.string().optional(), expiresAt: z.int() }),
    refusals: ['name-empty', 'name-too-long', 'name-taken', 'name-confusable', 'busy'],
    repeats: 'stored',
    over: 'http',
  },
  'sign-out': {
    about: 'Ends this session and closes its sockets.',
    input: z.object({}),
    output: done,
    refusals: [],
    repeats: 'free',
    over: 'http',
  },
  'create-room': {
    about: 'Makes a public room, administered and entered by whoever creates it.',
    input: z.object({ name: typedText, topic: typedText.optional() }),
    output: z.object({ roomId, seq }),
    refusals: [
      'room-name-empty',
      'room-name-too-long',
      'room-name-taken',
      'topic-too-long',
      'too-many-rooms',
      'room-closed',
    ],
    repeats: 'stored',
  },
  'enter-room': {
    about: 'Becomes a member if not one yet, and makes this the last room, to which the person comes back.',
    input: inRoom,
    output: z.object({ roomId, seq: seq.describe("the room's head") }),
    refusals: ['room-not-found', 'room-closed', 'too-many-rooms'],
    repeats: 'stored',
  },
  'leave-room': {
    about: 'Stops being a member; an owner who left may still close the room. Clears the last room if it is this one.',
    input: inRoom,
    output: done,
    refusals: ['room-not-found', 'room-closed'],
    repeats: 'stored',
  },
  'rename-room': {
    about: 'Gives the room another name.',
    input: z.object({ roomId, name: typedText }),
    output: appended,
    refusals: [...ROOM, 'not-allowed', 'room-name-empty', 'room-name-too-long', 'room-name-taken'],
    repeats: 'stored',
  },
  'change-topic': {
    about: 'Gives the room another topic, or none.',
    input: z.object({ roomId, topic: typedText }),
    output: appended,
    refusals: [...ROOM, 'not-allowed', 'topic-too-long'],
    repeats: 'stored',
  },
  'close-room': {
    about: 'Moves everybody out and erases the room with its whole history, for good. Repeating it is a success.',
    input: inRoom,
    output: done,
    refusals: [...ROOM, 'not-allowed'],
    repeats: 'stored',
  },
  'post-message': {
    about: 'Posts a message.',
    input: z.object({ roomId, body: typedText }),
    output: z.object({ messageId, number, seq }),
    refusals: [...ROOM, 'message-empty', 'message-too-long'],
    repeats: 'stored',
  },
  'edit-message': {
    about: 'Changes the text of an own message.',
    input: onMessage.extend({ body: typedText }),
    output: appended,
    refusals: [...ROOM, 'message-not-found', 'not-your-message', 'message-empty', 'message-too-long'],
    repeats: 'stored',
  },
  'delete-message': {
    about: "Deletes an own message, or any as the room's owner. Its text is gone at once; its place stays.",
    input: onMessage,
    output: appended,
    refusals: [...ROOM, 'message-not-found', 'not-your-message'],
    repeats: 'stored',
  },
  'add-reaction': {
    about: 'Reacts with an emoji. Having it already is a success.',
    input: onMessage.extend({ emoji }),
    output: appended,
    refusals: [...ROOM, 'message-not-found', 'emoji-invalid', 'too-many-reactions'],
    repeats: 'stored',
  },
  'remove-reaction': {
    about: 'Takes a reaction back. Not having it is a success.',
    input: onMessage.extend({ emoji }),
    output: appended,
    refusals: [...ROOM, 'message-not-found'],
    repeats: 'stored',
  },
  'mark-read': {
    about:
      'Moves the read marker forward; a lower number changes nothing. At most one a second per room is worth sending.',
    input: z.object({ roomId, number }),
    output: z.object({ number, unread: z.int() }),
    refusals: ['room-not-found', 'room-closed', 'not-a-member'],
    repeats: 'free',
  },
} as const satisfies Record<string, CommandDefinition>

export type CommandName = keyof typeof commands
/** What a client gives. */
export type CommandInput<Name extends CommandName> = z.input<(typeof commands)[Name]['input']>
/** What the server works with after parsing. */
export type ParsedInput<Name extends CommandName> = z.output<(typeof commands)[Name]['input']>
export type CommandOutput<Name extends CommandName> = z.output<(typeof commands)[Name]['output']>
