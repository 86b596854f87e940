import type { RoomRole } from '@parley/protocol'

const RANK: Readonly<Record<RoomRole, number>> = { owner: 2, moderator: 1, member: 0, guest: 0 }

/** Owner and moderators may keep order; the server judges it again. */
export const mayModerate = (role: RoomRole): boolean => RANK[role] > 0

/** Nobody removes, bans or mutes their equals or betters. */
export const outranks = (role: RoomRole, other: RoomRole): boolean => RANK[role] > RANK[other]
