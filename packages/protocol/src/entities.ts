import { z } from 'zod'
import {
  type CommandId,
  type Epoch,
  type InvitationId,
  type LinkId,
  type MessageId,
  type RoomId,
  type Seq,
  type SessionId,
  type StreamId,
  type UserId,
  UUID_V7,
} from './ids.ts'
import { LIMITS } from './limits.ts'
import { isEmoji, isStorable } from './text.ts'

const id = <Id extends string>(description: string) =>
  // as: Zod's own brand would leak Zod's types into the client.
  z.string().regex(UUID_V7, 'not an id').describe(description) as unknown as z.ZodType<Id, string>

export const userId = id<UserId>('a user')
export const roomId = id<RoomId>('a room')
export const messageId = id<MessageId>('a message')
export const commandId = id<CommandId>('a command, made by the client; the same id is the same command')
export const sessionId = id<SessionId>('a session')
export const invitationId = id<InvitationId>('an invitation')
export const linkId = id<LinkId>('a link to a sign-in provider')
export const streamId = z
  .string()
  .regex(/^(room|user):[0-9a-f-]{36}$/)
  .describe('`room:<id>` or `user:<id>`') as unknown as z.ZodType<StreamId, string> // as: see `id`
export const epoch = z.string().max(64).describe('which incarnation of the database') satisfies z.ZodType<Epoch>
export const seq = z
  .int()
  .min(0)
  .describe('place of an event in its stream; 0 is before the first') satisfies z.ZodType<Seq>
export const number = z
  .int()
  .min(0)
  .describe('place of a message among the messages of its room; 0 is before the first')
export const time = z.int().min(0).describe('epoch milliseconds')

/** Text as people type it; lengths are judged by the rules, so that each violation has its own refusal. */
export const typedText = z.string().max(LIMITS.frameBytes).refine(isStorable, 'text is malformed or holds U+0000')
export const emoji = z.string().refine(isEmoji, 'not one emoji')

export const user = z.object({
  id: userId,
  handle: z.string().describe('unique name for addressing, like `ann-lee`'),
  displayName: z.string(),
  kind: z.enum(['guest', 'account']),
  role: z.enum(['owner', 'administrator']).optional().describe('on the whole server; absent for everybody else'),
  version: z.int().describe('grows with every change of name, kind or role; the higher one replaces'),
  isDeleted: z.boolean().optional(),
})
export type User = Readonly<z.infer<typeof user>>

/** What somebody is in one room. `guest`: a member without an account. Of a direct room both are plain members. */
export const ROOM_ROLES = ['owner', 'moderator', 'member', 'guest'] as const
export const roomRole = z.enum(ROOM_ROLES)
export type RoomRole = (typeof ROOM_ROLES)[number]

export const room = z.object({
  id: roomId,
  kind: z.enum(['public', 'private', 'direct']),
  name: z.string().describe('empty for direct rooms, which go by the other person'),
  topic: z.string(),
  ownerId: userId.describe('who administers the room'),
  createdAt: time,
  isReadOnly: z.boolean().optional().describe('only owner and moderators may post'),
  slowSeconds: z.int().optional().describe('slow mode: how long everybody else waits between two messages'),
  version: seq.describe('seq of the last change of anything here; the higher one replaces'),
})
export type Room = Readonly<z.infer<typeof room>>

export const reaction = z.object({
  emoji: z.string(),
  count: z.int(),
  people: z.array(userId).max(LIMITS.reactionPeopleShown).describe('the first three who reacted'),
})
export type Reaction = Readonly<z.infer<typeof reaction>>

export const message = z.object({
  id: messageId,
  roomId,
  number,
  version: seq.describe('seq of its last change; the higher one replaces'),
  authorId: userId,
  commandId: commandId.describe('the command that posted it, so that its author can match it to the outbox'),
  postedAt: time,
  body: z.string().describe('empty when deleted'),
  editedAt: time.optional(),
  deletedAt: time.optional(),
  reactions: z.array(reaction).max(LIMITS.reactionKindsPerMessage),
})
export type Message = Readonly<z.infer<typeof message>>

export const messagePage = z.object({
  messages: z.array(message).describe('ascending by number, without holes; deleted ones keep their place'),
  lastNumber: number.describe('number of the newest message of the room'),
  mine: z.record(messageId, z.array(z.string())).describe('my reactions, by message'),
  users: z.array(user).describe('authors and people in reactions'),
  seq: seq.describe("the room's head in the transaction that read this page"),
})
export type MessagePage = Readonly<z.infer<typeof messagePage>>

/** What I am in a room. */
export const ownStanding = z.object({
  role: roomRole,
  mutedUntil: time
    .optional()
    .describe('I may not post before; the largest safe integer means "until somebody ends it"'),
})
export type OwnStanding = Readonly<z.infer<typeof ownStanding>>

export const myRoom = ownStanding.extend({
  room,
  peer: user.optional().describe('of a direct room: the other person'),
  marker: number.describe('I have read up to here'),
  lastNumber: number,
  unread: z
    .int()
    .max(LIMITS.unreadShown + 1)
    .describe('messages of others above the marker, not deleted; 100 means "99+"'),
  mentions: z.int(),
})
export type MyRoom = Readonly<z.infer<typeof myRoom>>

export const occupants = z.object({
  roomId,
  version: z.int(),
  count: z.int(),
  people: z.array(user).max(LIMITS.occupantsShown),
})
export type Occupants = Readonly<z.infer<typeof occupants>>

export const lobbyRoom = z.object({
  id: roomId,
  name: z.string(),
  topic: z.string(),
  createdAt: time,
  lastActivityAt: time,
  occupants: z.int().describe('people in the room now; more than none makes it active'),
  faces: z.array(user).max(LIMITS.facesShown),
})
export type LobbyRoom = Readonly<z.infer<typeof lobbyRoom>>

export const lobbySnapshot = z.object({
  rooms: z.array(lobbyRoom).describe('the first 200 active and the first 200 existing rooms, each once'),
  totals: z.object({ active: z.int(), existing: z.int() }),
  version: z.int(),
})
export type LobbySnapshot = Readonly<z.infer<typeof lobbySnapshot>>

export const roomSnapshot = ownStanding.extend({
  room,
  peer: user.optional().describe('of a direct room: the other person'),
  marker: number,
  page: messagePage,
  memberCount: z.int(),
  occupants,
})
export type RoomSnapshot = Readonly<z.infer<typeof roomSnapshot>>

/** A device on which somebody is signed in. */
export const sessionInfo = z.object({
  id: sessionId,
  device: z.string().describe('browser and system, as far as known'),
  createdAt: time,
  lastSeenAt: time.describe('to the day while it is used'),
  isCurrent: z.boolean(),
})
export type SessionInfo = Readonly<z.infer<typeof sessionInfo>>

/** A provider by which somebody can sign in. */
export const linkedProvider = z.object({
  id: linkId,
  provider: z.string().describe('its label; its address where this server knows it no more'),
  providerId: z.string().optional().describe('absent: this server knows it no more, so nobody can sign in by it'),
  linkedAt: time,
})
export type LinkedProvider = Readonly<z.infer<typeof linkedProvider>>

export const invitation = z.object({
  id: invitationId,
  roomId: roomId.optional().describe('absent: to the server as a whole'),
  createdBy: user,
  createdAt: time,
  expiresAt: time.optional(),
  uses: z.int(),
  maxUses: z.int().optional(),
})
export type Invitation = Readonly<z.infer<typeof invitation>>

/** Who may come in, by whatever door. */
export const settings = z.object({
  signUp: z.enum(['open', 'invitation', 'provider']).describe('how accounts are made'),
  guests: z.boolean().describe('whether a name alone lets somebody in'),
  emailDomains: z
    .array(
      z
        .string()
        .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'not a domain')
        .max(253),
    )
    .max(50)
    .describe('not empty: new accounts need an e-mail address of one of these'),
})
export type Settings = Readonly<z.infer<typeof settings>>

/** A person as administrators see them. */
export const personInfo = z.object({
  user,
  createdAt: time,
  isDisabled: z.boolean(),
  sessions: z.int(),
  email: z.string().optional(),
})
export type PersonInfo = Readonly<z.infer<typeof personInfo>>

/** A room as administrators see it: its size, never what is said in it. Private rooms have no name here. */
export const roomInfo = z.object({
  id: roomId,
  kind: z.enum(['public', 'private']),
  name: z.string().describe('empty for private rooms'),
  owner: user,
  members: z.int(),
  messages: z.int(),
  createdAt: time,
  lastActivityAt: time,
})
export type RoomInfo = Readonly<z.infer<typeof roomInfo>>
