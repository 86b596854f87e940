import type { Room, RoomRole, User, UserId } from '@parley/protocol'
import { refuse } from './refusal.ts'

/** What somebody is on the whole server. `guest`: let in by a name alone. */
export type InstanceRole = 'owner' | 'administrator' | 'member' | 'guest'

interface RoomRule {
  /** Members of these roles may. */
  readonly members: readonly RoomRole[]
  /** Others may too: whoever finds a public room, the owner who left it, or those who run the server. */
  readonly others?: readonly ('anybody, if public' | 'absent owner' | 'instance owner' | 'instance administrator')[]
  /** Also between two: there both are plain members. */
  readonly direct?: true
  /** Not while muted. */
  readonly unmuted?: true
}

const ALL = ['owner', 'moderator', 'member', 'guest'] as const
const MODERATORS = ['owner', 'moderator'] as const
const OWNER = ['owner'] as const

/** Who may do what in a room: all of it, in one table. `docs/permissions.md` is made from it. */
export const ROOM_RULES = {
  'see-room': { members: ALL, others: ['anybody, if public'], direct: true },
  'enter-room': { members: ALL, others: ['anybody, if public', 'absent owner'], direct: true },
  'leave-room': { members: ALL, others: ['anybody, if public', 'absent owner'] },
  'read-room': { members: ALL, direct: true },
  'mark-read': { members: ALL, direct: true },
  'post-message': { members: ALL, direct: true, unmuted: true },
  'post-while-read-only': { members: MODERATORS },
  'post-without-waiting': { members: MODERATORS },
  'edit-own-message': { members: ALL, direct: true, unmuted: true },
  'delete-own-message': { members: ALL, others: ['absent owner'], direct: true },
  'delete-any-message': { members: MODERATORS, others: ['absent owner'] },
  react: { members: ALL, direct: true, unmuted: true },
  'take-reaction-back': { members: ALL, direct: true },
  'change-topic': { members: MODERATORS, others: ['absent owner'] },
  'rename-room': { members: OWNER, others: ['absent owner'] },
  'set-room-rules': { members: MODERATORS, others: ['absent owner'] },
  'add-member': { members: MODERATORS, others: ['absent owner'] },
  'remove-member': { members: MODERATORS, others: ['absent owner'] },
  'ban-member': { members: MODERATORS, others: ['absent owner'] },
  'mute-member': { members: MODERATORS, others: ['absent owner'] },
  'list-bans': { members: MODERATORS, others: ['absent owner'] },
  'invite-to-room': { members: MODERATORS, others: ['absent owner'] },
  'set-member-role': { members: OWNER, others: ['absent owner'] },
  'hand-over-room': { members: OWNER, others: ['absent owner'] },
  'close-room': { members: OWNER, others: ['absent owner', 'instance owner', 'instance administrator'] },
} as const satisfies Record<string, RoomRule>
export type RoomAction = keyof typeof ROOM_RULES

const EVERYBODY = ['owner', 'administrator', 'member', 'guest'] as const
const ADMINISTRATORS = ['owner', 'administrator'] as const

/** Who may do what on the server as a whole. */
export const INSTANCE_RULES = {
  'create-room': EVERYBODY,
  'start-direct': EVERYBODY,
  'find-people': EVERYBODY,
  'block-person': EVERYBODY,
  'change-own-profile': EVERYBODY,
  'see-own-sessions': EVERYBODY,
  'invite-to-instance': ADMINISTRATORS,
  'manage-people': ADMINISTRATORS,
  'manage-rooms': ADMINISTRATORS,
  'manage-settings': ADMINISTRATORS,
  'set-person-role': ['owner'],
} as const satisfies Record<string, readonly InstanceRole[]>
export type InstanceAction = keyof typeof INSTANCE_RULES

/** What the rules need to know of a room and of one person in it, read under the room's lock or in one transaction. */
export interface Standing {
  readonly room: StandingRoom | undefined
  /** Absent for whoever is no member. */
  readonly member: StandingMember | undefined
  /** Set when the room was closed; `mayKnow`: it was listed, or they once were in it. */
  readonly closed: { readonly at: number; readonly by: UserId; readonly mayKnow: boolean } | undefined
}

export interface StandingRoom {
  readonly kind: Room['kind']
  readonly ownerId: UserId
}

export interface StandingMember {
  readonly role: 'moderator' | 'member'
  /** Epoch ms. */
  readonly mutedUntil: number | undefined
}

/** Whoever asks, as the rules see them. */
export type Person = Pick<User, 'id' | 'kind' | 'role'>

/** What somebody is in a room that they may see. */
export function roomRole(room: StandingRoom, member: StandingMember | undefined, person: Person): RoomRole {
  if (room.kind !== 'direct' && room.ownerId === person.id) return 'owner'
  if (room.kind !== 'direct' && member?.role === 'moderator') return 'moderator'
  return person.kind === 'guest' ? 'guest' : 'member'
}

/** Refuses whoever may not. Missing, private and foreign rooms answer alike. (SPEC A5) */
export function requireInRoom(action: RoomAction, standing: Standing, person: Person, now: number): void {
  const rule: RoomRule = ROOM_RULES[action]
  const { room, member, closed } = standing
  if (!room) {
    if (closed?.mayKnow) refuse('room-closed', { closedAt: closed.at })
    refuse('room-not-found')
  }
  if (!member) {
    if (isOtherAllowed(rule, room, person)) return
    if (room.kind !== 'public') refuse('room-not-found')
    refuse('not-a-member')
  }
  if (room.kind === 'direct' && !rule.direct) refuse('direct-room')
  if (!rule.members.includes(roomRole(room, member, person)) && !isOtherAllowed(rule, room, person))
    refuse('not-allowed')
  if (rule.unmuted) requireUnmuted(member, now)
}

/** Whether somebody whose standing was already judged may also do this. */
export function mayInRoom(action: RoomAction, role: RoomRole): boolean {
  const rule: RoomRule = ROOM_RULES[action]
  return rule.members.includes(role)
}

function isOtherAllowed({ others = [] }: RoomRule, room: StandingRoom, person: Person): boolean {
  if (room.kind === 'direct') return false
  return others.some((other) => {
    switch (other) {
      case 'anybody, if public':
        return room.kind === 'public'
      case 'absent owner':
        return room.ownerId === person.id
      case 'instance owner':
        return person.role === 'owner'
      case 'instance administrator':
        return person.role === 'administrator'
      default:
        return other satisfies never
    }
  })
}

function requireUnmuted({ mutedUntil }: StandingMember, now: number): void {
  if (mutedUntil === undefined || mutedUntil <= now) return
  refuse('muted', mutedUntil < FOR_EVER ? { until: mutedUntil } : {})
}

/** Stands for "until somebody ends it". */
export const FOR_EVER = Number.MAX_SAFE_INTEGER

export function instanceRole({ role, kind }: Person): InstanceRole {
  return role ?? (kind === 'guest' ? 'guest' : 'member')
}

export function requireOnInstance(action: InstanceAction, person: Person): void {
  const allowed: readonly InstanceRole[] = INSTANCE_RULES[action]
  if (!allowed.includes(instanceRole(person))) refuse('not-allowed')
}

const ROOM_RANK: Record<RoomRole, number> = { owner: 2, moderator: 1, member: 0, guest: 0 }
const INSTANCE_RANK: Record<InstanceRole, number> = { owner: 2, administrator: 1, member: 0, guest: 0 }

/** Nobody removes, bans or mutes their equals or betters. */
export function outranksInRoom(role: RoomRole, other: RoomRole): boolean {
  return ROOM_RANK[role] > ROOM_RANK[other]
}

export function outranksOnInstance(role: InstanceRole, other: InstanceRole): boolean {
  return INSTANCE_RANK[role] > INSTANCE_RANK[other]
}
