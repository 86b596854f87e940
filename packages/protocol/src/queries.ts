import { z } from 'zod'
import {
  invitation,
  lobbyRoom,
  messageId,
  messagePage,
  myRoom,
  number,
  occupants,
  ownStanding,
  personInfo,
  room,
  roomId,
  roomInfo,
  seq,
  sessionInfo,
  settings,
  time,
  typedText,
  user,
  userId,
} from './entities.ts'
import { LIMITS } from './limits.ts'
import type { RefusalCode } from './refusals.ts'

interface QueryDefinition {
  readonly about: string
  readonly input: z.ZodType
  readonly output: z.ZodType
  readonly refusals: readonly RefusalCode[]
}

const ROOM: readonly RefusalCode[] = ['room-not-found', 'room-closed', 'not-a-member']
const pageSize = (most: number) => z.int().min(1).max(most).default(Math.min(50, most))

export const queries = {
  'list-rooms': {
    about: 'The lobby beyond its first 200 rooms, or filtered. `next` is given back as `after` for the following page.',
    input: z.object({
      list: z.enum(['active', 'existing']),
      filter: typedText.max(LIMITS.filterLength).optional().describe('part of a name or topic, case ignored'),
      after: typedText.max(200).optional(),
      limit: pageSize(LIMITS.roomsPerPage),
    }),
    output: z.object({ rooms: z.array(lobbyRoom), next: z.string().optional(), total: z.int(), version: z.int() }),
    refusals: [],
  },
  'list-my-rooms': {
    about: 'All rooms I belong to, with unread counts, and the head of my own stream.',
    input: z.object({}),
    output: z.object({ rooms: z.array(myRoom), lastRoomId: roomId.optional(), seq }),
    refusals: [],
  },
  'get-room': {
    about: 'One room, whether I am a member, and its size: what a page shows before entering.',
    input: z.object({ roomId }),
    output: z.object({
      room,
      isMember: z.boolean(),
      memberCount: z.int(),
      peer: user.optional().describe('of a direct room: the other person'),
    }),
    refusals: ['room-not-found', 'room-closed'],
  },
  'list-messages': {
    about: 'A page of messages: the newest, those before or after a number, or those around one.',
    input: z.object({
      roomId,
      before: number.optional(),
      after: number.optional(),
      around: number.optional(),
      limit: pageSize(LIMITS.messagesPerPage),
    }),
    output: messagePage,
    refusals: ROOM,
  },
  'list-members': {
    about: 'Members, page by page, in the order in which they first came to this server; or one of them.',
    input: z.object({
      roomId,
      userId: userId.optional().describe('only this person, if a member'),
      after: typedText.max(200).optional(),
      limit: pageSize(LIMITS.membersPerPage),
    }),
    output: z.object({
      members: z
        .array(ownStanding.extend({ user, joinedAt: time }))
        .describe('`mutedUntil` is told to owner and moderators only'),
      next: z.string().optional(),
      total: z.int(),
    }),
    refusals: ROOM,
  },
  'list-occupants': {
    about: 'Who is in the room now; asked again when a heartbeat shows another version.',
    input: z.object({ roomId }),
    output: occupants,
    refusals: ROOM,
  },
  'list-reactors': {
    about: 'Everybody who reacted to a message with an emoji, at most 100.',
    input: z.object({ roomId, messageId, emoji: typedText.max(LIMITS.emojiLength) }),
    output: z.object({ users: z.array(user), total: z.int() }),
    refusals: [...ROOM, 'message-not-found'],
  },
  'list-bans': {
    about: 'Who is banned from a room, at most 200, the newest first. For owner and moderators.',
    input: z.object({ roomId }),
    output: z.object({ bans: z.array(z.object({ user, at: time, until: time.optional() })) }),
    refusals: [...ROOM, 'not-allowed', 'direct-room'],
  },
  'list-invitations': {
    about: 'The open invitation links of a room, or to the server as a whole.',
    input: z.object({ roomId: roomId.optional() }),
    output: z.object({ invitations: z.array(invitation) }),
    refusals: [...ROOM, 'not-allowed', 'direct-room'],
  },
  'find-people': {
    about: 'People whose name or handle begins so, at most 20; nobody who is deleted or disabled.',
    input: z.object({ text: typedText.max(LIMITS.filterLength) }),
    output: z.object({ users: z.array(user) }),
    refusals: [],
  },
  'list-sessions': {
    about: 'The devices on which I am signed in.',
    input: z.object({}),
    output: z.object({ sessions: z.array(sessionInfo) }),
    refusals: [],
  },
  'get-settings': {
    about: 'Who may come in. For owners and administrators.',
    input: z.object({}),
    output: settings,
    refusals: ['not-allowed'],
  },
  'list-people': {
    about: 'Everybody, page by page, filtered by name or handle. For owners and administrators.',
    input: z.object({
      filter: typedText.max(LIMITS.filterLength).optional(),
      after: typedText.max(200).optional(),
      limit: pageSize(LIMITS.peoplePerPage),
    }),
    output: z.object({ people: z.array(personInfo), next: z.string().optional(), total: z.int() }),
    refusals: ['not-allowed'],
  },
  'list-all-rooms': {
    about: 'Every room that is not direct, by size, page by page. For owners and administrators.',
    input: z.object({ after: typedText.max(200).optional(), limit: pageSize(LIMITS.peoplePerPage) }),
    output: z.object({ rooms: z.array(roomInfo), next: z.string().optional(), total: z.int() }),
    refusals: ['not-allowed'],
  },
  'get-users': {
    about: 'People by id; unknown ids are left out.',
    input: z.object({ ids: z.array(userId).max(LIMITS.usersPerQuery) }),
    output: z.object({ users: z.array(user) }),
    refusals: [],
  },
} as const satisfies Record<string, QueryDefinition>

export type QueryName = keyof typeof queries
export type QueryInput<Name extends QueryName> = z.input<(typeof queries)[Name]['input']>
export type ParsedQuery<Name extends QueryName> = z.output<(typeof queries)[Name]['input']>
export type QueryOutput<Name extends QueryName> = z.output<(typeof queries)[Name]['output']>
