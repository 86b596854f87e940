import type { RefusalCode, RoomRole } from '@parley/protocol'
import {
  INSTANCE_RULES,
  type InstanceAction,
  ROOM_RULES,
  type RoomAction,
} from '../../apps/server/src/rules/permissions.ts'
import type { Asker, PlaceKind, Scene, TargetName } from './world.ts'

export type Outcome = 'ok' | RefusalCode

/** What stands before an act: a row of one of the two tables, or nothing but being signed in. */
export type Gate = { readonly room: RoomAction } | { readonly server: InstanceAction } | 'anybody'

/** Who asks, and where, as the tables speak of it. */
export interface Who extends Pick<Asker, 'position' | 'instance'> {
  readonly kind: PlaceKind
}

export function roleOf({ position, instance, kind }: Who): RoomRole {
  if (kind !== 'direct') {
    if (position === 'owner' || position === 'absent owner') return 'owner'
    if (position === 'moderator') return 'moderator'
  }
  return instance === 'guest' ? 'guest' : 'member'
}

const INSIDE: readonly string[] = ['owner', 'moderator', 'member', 'muted']

/** What the tables say. It is read here from the rows alone, apart from the code that enforces them. */
export function behindGate(gate: Gate, who: Who): Outcome {
  if (gate === 'anybody') return 'ok'
  if ('server' in gate) {
    const allowed: readonly string[] = INSTANCE_RULES[gate.server]
    return allowed.includes(who.instance) ? 'ok' : 'not-allowed'
  }
  if (who.kind === 'missing') return 'room-not-found'
  if (who.kind === 'closed public') return 'room-closed'
  if (who.kind === 'closed private') return who.position === 'stranger' ? 'room-not-found' : 'room-closed'
  const rule = ROOM_RULES[gate.room]
  const others: readonly string[] = 'others' in rule ? rule.others : []
  const isOther = who.kind !== 'direct' && others.some((other) => OTHERS[other]?.(who) ?? false)
  if (!INSIDE.includes(who.position)) {
    if (isOther) return 'ok'
    return who.kind === 'public' ? 'not-a-member' : 'room-not-found'
  }
  if (who.kind === 'direct' && !('direct' in rule)) return 'direct-room'
  const members: readonly string[] = rule.members
  if (!members.includes(roleOf(who)) && !isOther) return 'not-allowed'
  return 'unmuted' in rule && who.position === 'muted' ? 'muted' : 'ok'
}

const OTHERS: Readonly<Record<string, (who: Who) => boolean>> = {
  'anybody, if public': ({ kind }) => kind === 'public',
  'absent owner': ({ position }) => position === 'absent owner' || position === 'owner',
  'instance owner': ({ instance }) => instance === 'owner',
  'instance administrator': ({ instance }) => instance === 'administrator',
}

const RANK: Readonly<Record<string, number>> = { owner: 2, moderator: 1 }
const rankOf = (role: string): number => RANK[role] ?? 0
const NO_MEMBERS: readonly TargetName[] = ['stranger', 'banned']
const NOBODY: readonly TargetName[] = ['deleted', 'nobody']

/** What becomes of an act upon somebody in a room, once the actor may do such things at all. */
export function uponPerson(
  target: TargetName,
  { who, scene, self, membersOnly }: { who: Who; scene: Scene; self: string; membersOnly: boolean },
): Outcome {
  if (scene.people[target] === self) return 'not-allowed'
  if (NOBODY.includes(target)) return 'person-not-found'
  if (rankOf(roleOf(who)) <= rankOf(target)) return 'not-allowed'
  return membersOnly && NO_MEMBERS.includes(target) ? 'person-not-found' : 'ok'
}

/** Whether the person that an administrator acts upon is of lower rank on the server. */
export function isLowerOnServer(who: string, other: string): boolean {
  const ranks: Readonly<Record<string, number>> = { owner: 2, administrator: 1 }
  return (ranks[who] ?? 0) > (ranks[other] ?? 0)
}
