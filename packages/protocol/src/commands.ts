import { z } from 'zod'
import {
  emoji,
  invitationId,
  linkedProvider,
  linkId,
  messageId,
  number,
  roomId,
  seq,
  sessionId,
  settings,
  time,
  typedText,
  user,
  userId,
} from './entities.ts'
import { LIMITS } from './limits.ts'
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
const onMember = z.object({ roomId, userId })
const until = time.optional().describe('absent: until somebody ends it')
const onMessage = z.object({ roomId, messageId })
const appended = z.object({ seq })
const ROOM: readonly RefusalCode[] = ['room-not-found', 'room-closed', 'not-a-member']

const NAME: readonly RefusalCode[] = ['name-empty', 'name-too-long', 'name-taken', 'name-confusable']
const PASSWORD: readonly RefusalCode[] = ['password-too-short', 'password-too-long', 'password-too-common']
const SIGN_UP: readonly RefusalCode[] = [
  'email-invalid',
  'email-domain-refused',
  'sign-up-closed',
  'invitation-needed',
  'invitation-invalid',
]
const ADMINISTER: readonly RefusalCode[] = ['not-allowed', 'person-not-found']
const MODERATE: readonly RefusalCode[] = [...ROOM, 'not-allowed', 'direct-room', 'person-not-found']

const password = z.string().max(4 * LIMITS.passwordMost)
const email = typedText.max(2 * LIMITS.emailLength)
const invitationToken = z.string().max(64).describe('what stands behind the `#` of an invitation link')
const ticket = z.string().max(64)
const signedIn = z.object({
  user,
  token: z.string().optional(),
  expiresAt: z.int(),
  roomId: roomId.optional().describe('the room that the invitation led into'),
})

export const commands = {
  enter: {
    about:
      'A guest types a name and is in. The same id and secret within ten minutes give a new session of the same guest, so that a lost reply does not take the name. Without an `Origin` header the answer carries `token`, usable as a bearer token.',
    input: z.object({
      name: typedText,
      secret: z.string().min(16).max(128).describe('random, made by the client, never shown'),
      invitation: invitationToken.optional(),
    }),
    output: signedIn,
    refusals: [...NAME, 'guests-refused', 'invitation-needed', 'invitation-invalid', 'busy'],
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
  register: {
    about:
      'Makes an account with a password and signs in. The e-mail address is optional unless the server asks for one of certain domains, and is never shown to others.',
    input: z.object({
      handle: typedText,
      name: typedText,
      password,
      email: email.optional(),
      invitation: invitationToken.optional(),
    }),
    output: signedIn,
    refusals: [...NAME, ...PASSWORD, ...SIGN_UP, 'handle-invalid', 'busy'],
    repeats: 'free',
    over: 'http',
  },
  'sign-in': {
    about: 'Signs in by handle and password. Unknown people and wrong passwords are answered alike, also in time.',
    input: z.object({ handle: typedText, password }),
    output: signedIn,
    refusals: ['wrong-credentials', 'busy'],
    repeats: 'free',
    over: 'http',
  },
  'describe-sign-up': {
    about:
      'What somebody who comes from a provider for the first time is asked to confirm. The ticket stands behind the `#` of `/choose-name#<ticket>` and counts in that browser only, for half an hour.',
    input: z.object({ ticket }),
    output: z.object({
      provider: z.string().describe('its label'),
      name: z.string().optional().describe('what the provider calls them'),
      goTo: z.string().describe('a path of this server'),
    }),
    refusals: ['sign-up-expired', 'busy'],
    repeats: 'free',
    over: 'http',
  },
  'finish-sign-up': {
    about:
      'Makes the account of somebody who came from a provider for the first time, and signs in. A refused name can be tried again.',
    input: z.object({ ticket, handle: typedText, name: typedText }),
    output: signedIn.extend({ goTo: z.string().describe('a path of this server') }),
    refusals: [...NAME, ...SIGN_UP, 'handle-invalid', 'sign-up-expired', 'busy'],
    repeats: 'free',
    over: 'http',
  },
  'claim-account': {
    about: 'A guest becomes an account by a password, and keeps id, rooms, messages and roles.',
    input: z.object({ password, email: email.optional(), invitation: invitationToken.optional() }),
    output: z.object({
      user,
      token: z.string().optional().describe('without an `Origin`: the old one counts no more'),
      roomId: roomId.optional().describe('the room that the invitation led into'),
    }),
    refusals: [...PASSWORD, ...SIGN_UP, 'already-an-account', 'busy'],
    repeats: 'free',
    over: 'http',
  },
  'change-password': {
    about:
      'Sets a password, or, after a fresh proof, the first one of an account made by a provider. All other sessions end.',
    input: z.object({ current: password.optional(), next: password }),
    output: done,
    refusals: [...PASSWORD, 'wrong-password', 'proof-needed', 'account-needed', 'busy'],
    repeats: 'free',
    over: 'http',
  },
  'describe-account': {
    about: 'By what I can sign in, and whether this session has proved in the last five minutes that it is me.',
    input: z.object({}),
    output: z.object({
      hasPassword: z.boolean(),
      isConfirmed: z.boolean(),
      providers: z.array(linkedProvider).describe('in the order of their linking'),
    }),
    refusals: ['busy'],
    repeats: 'free',
    over: 'http',
  },
  'confirm-identity': {
    about:
      'Proves by the password that it is me, for five minutes and this session. Without a password, a way over a linked provider proves it (`POST /api/sign-in/<id>` with `mode: "confirm"`).',
    input: z.object({ password }),
    output: done,
    refusals: ['wrong-password', 'proof-needed', 'account-needed', 'busy'],
    repeats: 'free',
    over: 'http',
  },
  'unlink-provider': {
    about:
      'Takes away a sign-in by a provider, after a fresh proof. All other sessions end. What is not mine is left alone.',
    input: z.object({ linkId }),
    output: done,
    refusals: ['proof-needed', 'last-way-in', 'busy'],
    repeats: 'free',
    over: 'http',
  },
  'delete-account': {
    about:
      'Deletes my account for good: name, credentials, sessions and memberships. My messages stay without my name, or are erased, as I choose. Asks for the password, or without one for a fresh proof. My rooms pass to their longest member.',
    input: z.object({ password: password.optional(), messages: z.enum(['keep', 'erase']) }),
    output: done,
    refusals: ['wrong-password', 'proof-needed', 'last-owner', 'busy'],
    repeats: 'free',
    over: 'http',
  },
  'end-session': {
    about: 'Signs out one of my devices.',
    input: z.object({ sessionId }),
    output: done,
    refusals: [],
    repeats: 'free',
    over: 'http',
  },
  'end-other-sessions': {
    about: 'Signs out all my devices but this one.',
    input: z.object({}),
    output: done,
    refusals: [],
    repeats: 'free',
    over: 'http',
  },
  'become-owner': {
    about: 'Makes me the owner of this server, by the one-time set-up link that its first start printed.',
    input: z.object({ token: z.string().max(64) }),
    output: z.object({ user }),
    refusals: ['set-up-link-invalid', 'account-needed', 'busy'],
    repeats: 'free',
    over: 'http',
  },
  'describe-invitation': {
    about: 'What an invitation link leads to, before signing in.',
    input: z.object({ token: invitationToken }),
    output: z.object({ invitedBy: user, room: z.object({ roomId, name: z.string() }).optional() }),
    refusals: ['invitation-invalid', 'busy'],
    repeats: 'free',
    over: 'http',
  },
  'accept-invitation': {
    about:
      'Enters the room that an invitation leads to. One to the server as a whole changes nothing for those inside.',
    input: z.object({ token: invitationToken }),
    output: z.object({ roomId: roomId.optional() }),
    refusals: ['invitation-invalid', 'too-many-rooms', 'busy'],
    repeats: 'free',
    over: 'http',
  },
  'create-room': {
    about:
      'Makes a room, administered and entered by whoever creates it. A private one is in no list, and nobody else learns that it exists.',
    input: z.object({ name: typedText, topic: typedText.optional(), kind: z.enum(['public', 'private']).optional() }),
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
    refusals: ['room-not-found', 'room-closed', 'too-many-rooms', 'banned'],
    repeats: 'stored',
  },
  'leave-room': {
    about: 'Stops being a member; an owner who left may still close the room. Clears the last room if it is this one.',
    input: inRoom,
    output: done,
    refusals: ['room-not-found', 'room-closed', 'direct-room'],
    repeats: 'stored',
  },
  'rename-room': {
    about: 'Gives the room another name.',
    input: z.object({ roomId, name: typedText }),
    output: appended,
    refusals: [...ROOM, 'not-allowed', 'direct-room', 'room-name-empty', 'room-name-too-long', 'room-name-taken'],
    repeats: 'stored',
  },
  'change-topic': {
    about: 'Gives the room another topic, or none.',
    input: z.object({ roomId, topic: typedText }),
    output: appended,
    refusals: [...ROOM, 'not-allowed', 'direct-room', 'topic-too-long'],
    repeats: 'stored',
  },
  'close-room': {
    about: 'Moves everybody out and erases the room with its whole history, for good. Repeating it is a success.',
    input: inRoom,
    output: done,
    refusals: [...ROOM, 'not-allowed', 'direct-room'],
    repeats: 'stored',
  },
  'start-direct': {
    about: 'Gives the one room of me and another person, and makes it the first time.',
    input: z.object({ userId }),
    output: z.object({ roomId, seq }),
    refusals: ['person-not-found', 'too-many-rooms'],
    repeats: 'stored',
  },
  'add-member': {
    about: 'Brings a person into the room; it appears among their rooms.',
    input: onMember,
    output: appended,
    refusals: [...MODERATE, 'banned', 'too-many-rooms'],
    repeats: 'stored',
  },
  'remove-member': {
    about: 'Takes a person of lower rank out of the room. Nothing that happens there afterwards reaches them.',
    input: onMember,
    output: appended,
    refusals: MODERATE,
    repeats: 'stored',
  },
  'ban-member': {
    about: 'Removes a person, member or not, and keeps them from entering.',
    input: onMember.extend({ until }),
    output: done,
    refusals: MODERATE,
    repeats: 'free',
  },
  'unban-member': {
    about: 'Lets a banned person enter again.',
    input: onMember,
    output: done,
    refusals: MODERATE,
    repeats: 'free',
  },
  'mute-member': {
    about: 'Keeps a member of lower rank from posting, editing and reacting.',
    input: onMember.extend({ until }),
    output: done,
    refusals: MODERATE,
    repeats: 'free',
  },
  'unmute-member': {
    about: 'Lets a muted member post again.',
    input: onMember,
    output: done,
    refusals: MODERATE,
    repeats: 'free',
  },
  'set-member-role': {
    about: 'Makes a member a moderator, or a plain member again.',
    input: onMember.extend({ role: z.enum(['moderator', 'member']) }),
    output: appended,
    refusals: MODERATE,
    repeats: 'stored',
  },
  'hand-over-room': {
    about: 'Makes another member the owner. Whoever hands over stays as a moderator.',
    input: onMember,
    output: appended,
    refusals: MODERATE,
    repeats: 'stored',
  },
  'set-room-rules': {
    about:
      'Read-only: only owner and moderators post. Slow mode: everybody else waits between two messages; 0 ends it.',
    input: z.object({
      roomId,
      isReadOnly: z.boolean().optional(),
      slowSeconds: z.int().min(0).max(LIMITS.slowSecondsMost).optional(),
    }),
    output: appended,
    refusals: [...ROOM, 'not-allowed', 'direct-room'],
    repeats: 'stored',
  },
  'create-invitation': {
    about: 'Makes an invitation link, to a room or to the server. The token is told once; only its digest is stored.',
    input: z.object({
      roomId: roomId.optional(),
      expiresInHours: z
        .int()
        .min(1)
        .max(24 * 365)
        .optional(),
      maxUses: z.int().min(1).max(10_000).optional(),
    }),
    output: z.object({ invitationId, token: z.string() }),
    refusals: [...ROOM, 'not-allowed', 'direct-room', 'too-many-invitations'],
    repeats: 'free',
  },
  'revoke-invitation': {
    about: 'Ends an invitation link. One that is over already is a success.',
    input: z.object({ invitationId }),
    output: done,
    refusals: ['not-allowed'],
    repeats: 'free',
  },
  'block-person': {
    about: "I see nothing more of somebody's messages. They learn nothing of it.",
    input: z.object({ userId }),
    output: done,
    refusals: ['person-not-found', 'too-many-blocks'],
    repeats: 'free',
  },
  'unblock-person': {
    about: 'I see them again.',
    input: z.object({ userId }),
    output: done,
    refusals: [],
    repeats: 'free',
  },
  'change-name': {
    about: 'Changes the name that others see. The handle stays.',
    input: z.object({ name: typedText }),
    output: z.object({ user }),
    refusals: NAME,
    repeats: 'free',
  },
  'set-person-role': {
    about: 'Gives or takes a role on the whole server. Owners only.',
    input: z.object({ userId, role: z.enum(['owner', 'administrator', 'member']) }),
    output: done,
    refusals: [...ADMINISTER, 'account-needed', 'last-owner'],
    repeats: 'free',
  },
  'disable-person': {
    about: 'Ends all sessions of a person of lower rank and lets them sign in no more.',
    input: z.object({ userId }),
    output: done,
    refusals: ADMINISTER,
    repeats: 'free',
  },
  'enable-person': {
    about: 'Lets a disabled person sign in again.',
    input: z.object({ userId }),
    output: done,
    refusals: ADMINISTER,
    repeats: 'free',
  },
  'sign-out-person': {
    about: 'Ends all sessions of a person of lower rank.',
    input: z.object({ userId }),
    output: done,
    refusals: ADMINISTER,
    repeats: 'free',
  },
  'change-settings': {
    about: 'Sets who may come in; what is absent stays as it is.',
    input: settings.partial(),
    output: settings,
    refusals: ['not-allowed'],
    repeats: 'free',
  },
  'post-message': {
    about: 'Posts a message.',
    input: z.object({ roomId, body: typedText }),
    output: z.object({ messageId, number, seq }),
    refusals: [...ROOM, 'muted', 'read-only', 'slow-mode', 'message-empty', 'message-too-long'],
    repeats: 'stored',
  },
  'edit-message': {
    about: 'Changes the text of an own message.',
    input: onMessage.extend({ body: typedText }),
    output: appended,
    refusals: [...ROOM, 'muted', 'message-not-found', 'not-your-message', 'message-empty', 'message-too-long'],
    repeats: 'stored',
  },
  'delete-message': {
    about:
      "Deletes an own message, or any as the room's owner or moderator. Its text is gone at once; its place stays.",
    input: onMessage,
    output: appended,
    refusals: [...ROOM, 'message-not-found', 'not-your-message'],
    repeats: 'stored',
  },
  'add-reaction': {
    about: 'Reacts with an emoji. Having it already is a success.',
    input: onMessage.extend({ emoji }),
    output: appended,
    refusals: [...ROOM, 'muted', 'message-not-found', 'emoji-invalid', 'too-many-reactions'],
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
/** Commands over HTTP only: they make, change or end sessions. */
export type AccountCommandName = {
  [Name in CommandName]: (typeof commands)[Name] extends { over: 'http' } ? Name : never
}[CommandName]
/** What a client gives. */
export type CommandInput<Name extends CommandName> = z.input<(typeof commands)[Name]['input']>
/** What the server works with after parsing. */
export type ParsedInput<Name extends CommandName> = z.output<(typeof commands)[Name]['input']>
export type CommandOutput<Name extends CommandName> = z.output<(typeof commands)[Name]['output']>
