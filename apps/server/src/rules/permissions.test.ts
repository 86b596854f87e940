import { describe, expect, test } from 'bun:test'
import type { UserId } from '@parley/protocol'
import {
  FOR_EVER,
  INSTANCE_RULES,
  instanceRole,
  mayInRoom,
  outranksInRoom,
  outranksOnInstance,
  type Person,
  ROOM_RULES,
  type RoomAction,
  requireInRoom,
  requireOnInstance,
  roomRole,
  type Standing,
} from './permissions.ts'
import { Refusal } from './refusal.ts'

// Written out by hand, so that whoever changes the tables sees here, and in docs/permissions.md, what it means.

const EVERYBODY = 'owner moderator member guest'
const MODERATORS = 'owner moderator | absent owner'
const OWNER = 'owner | absent owner'
const IN_ROOM: Record<RoomAction, string> = {
  'see-room': `${EVERYBODY} | anybody, if public + direct`,
  'enter-room': `${EVERYBODY} | anybody, if public, absent owner + direct`,
  'leave-room': `${EVERYBODY} | anybody, if public, absent owner`,
  'read-room': `${EVERYBODY} + direct`,
  'mark-read': `${EVERYBODY} + direct`,
  'post-message': `${EVERYBODY} + direct - muted`,
  'post-while-read-only': 'owner moderator',
  'post-without-waiting': 'owner moderator',
  'edit-own-message': `${EVERYBODY} + direct - muted`,
  'delete-own-message': `${EVERYBODY} | absent owner + direct`,
  'delete-any-message': MODERATORS,
  react: `${EVERYBODY} + direct - muted`,
  'take-reaction-back': `${EVERYBODY} + direct`,
  'change-topic': MODERATORS,
  'rename-room': OWNER,
  'set-room-rules': MODERATORS,
  'add-member': MODERATORS,
  'remove-member': MODERATORS,
  'ban-member': MODERATORS,
  'mute-member': MODERATORS,
  'list-bans': MODERATORS,
  'invite-to-room': MODERATORS,
  'set-member-role': OWNER,
  'hand-over-room': OWNER,
  'close-room': 'owner | absent owner, instance owner, instance administrator',
}
const ON_INSTANCE: Record<keyof typeof INSTANCE_RULES, string> = {
  'create-room': 'owner administrator member guest',
  'start-direct': 'owner administrator member guest',
  'find-people': 'owner administrator member guest',
  'block-person': 'owner administrator member guest',
  'change-own-profile': 'owner administrator member guest',
  'see-own-sessions': 'owner administrator member guest',
  'invite-to-instance': 'owner administrator',
  'manage-people': 'owner administrator',
  'manage-rooms': 'owner administrator',
  'manage-settings': 'owner administrator',
  'set-person-role': 'owner',
}

test('[N1] the table of rooms', () => {
  const words = Object.entries(ROOM_RULES).map(([action, rule]) => {
    const others = 'others' in rule ? ` | ${rule.others.join(', ')}` : ''
    const direct = 'direct' in rule && rule.direct ? ' + direct' : ''
    const unmuted = 'unmuted' in rule && rule.unmuted ? ' - muted' : ''
    return [action, `${rule.members.join(' ')}${others}${direct}${unmuted}`]
  })
  expect(Object.fromEntries(words)).toEqual(IN_ROOM)
})

test('[N1] the table of the server', () => {
  const words = Object.entries(INSTANCE_RULES).map(([action, roles]) => [action, roles.join(' ')])
  expect(Object.fromEntries(words)).toEqual(ON_INSTANCE)
})

const NOW = 1_000
const me = { id: 'me' as UserId, kind: 'account' } as Person // as: ids of this test
const owner = { kind: 'public', ownerId: 'owner' } as NonNullable<Standing['room']> // as: see above
const member = { role: 'member', mutedUntil: undefined } as const
const standing = (more: Partial<Standing> = {}): Standing => ({ room: owner, member, closed: undefined, ...more })

function refusal(judge: () => void): Refusal | undefined {
  try {
    judge()
    return undefined
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
const judged = (action: RoomAction, at: Standing, person: Person = me, now = NOW) =>
  refusal(() => requireInRoom(action, at, person, now))

describe('[N1] requireInRoom', () => {
  test('rooms that are not there, or not for everybody, answer alike', () => {
    const closed = { at: 7, by: me.id, mayKnow: true }
    expect(judged('read-room', standing({ room: undefined, member: undefined }))?.code).toBe('room-not-found')
    expect(judged('read-room', standing({ room: undefined, member: undefined, closed }))).toMatchObject({
      code: 'room-closed',
      details: { closedAt: 7 },
    })
    const unknown = { ...closed, mayKnow: false }
    expect(judged('read-room', standing({ room: undefined, closed: unknown }))?.code).toBe('room-not-found')
    for (const kind of ['private', 'direct'] as const) {
      const outside = standing({ room: { ...owner, kind }, member: undefined })
      for (const action of ['read-room', 'see-room', 'enter-room', 'post-message'] as const)
        expect(judged(action, outside)?.code).toBe('room-not-found')
    }
    expect(judged('read-room', standing({ member: undefined }))?.code).toBe('not-a-member')
    expect(judged('see-room', standing({ member: undefined }))).toBeUndefined()
  })

  test('an owner who left may what the table says, in rooms that are not of two', () => {
    const left = { ownerId: me.id } as const
    const at = (kind: 'public' | 'private' | 'direct') => standing({ room: { ...left, kind }, member: undefined })
    for (const kind of ['public', 'private'] as const) {
      expect(judged('close-room', at(kind))).toBeUndefined()
      expect(judged('remove-member', at(kind))).toBeUndefined()
    }
    expect(judged('read-room', at('public'))?.code).toBe('not-a-member')
    expect(judged('read-room', at('private'))?.code).toBe('room-not-found')
    expect(judged('delete-own-message', at('direct'))?.code).toBe('room-not-found')
  })

  test('those who run the server close rooms, also where they are plain members, and do nothing else', () => {
    for (const role of ['owner', 'administrator'] as const) {
      const admin = { ...me, role }
      const at = (kind: 'public' | 'private' | 'direct') => standing({ room: { ...owner, kind }, member: undefined })
      for (const kind of ['public', 'private'] as const) expect(judged('close-room', at(kind), admin)).toBeUndefined()
      expect(judged('close-room', standing(), admin)).toBeUndefined()
      expect(judged('close-room', at('direct'), admin)?.code).toBe('room-not-found')
      expect(judged('remove-member', standing(), admin)?.code).toBe('not-allowed')
      expect(judged('read-room', at('private'), admin)?.code).toBe('room-not-found')
    }
    expect(judged('close-room', standing())?.code).toBe('not-allowed')
  })

  test('between two, only what is said there', () => {
    const direct = standing({ room: { kind: 'direct', ownerId: me.id } })
    expect(judged('post-message', direct)).toBeUndefined()
    for (const action of ['close-room', 'remove-member', 'leave-room', 'rename-room'] as const)
      expect(judged(action, direct)?.code).toBe('direct-room')
  })

  test('mutes hold until they end', () => {
    const muted = (mutedUntil: number) => standing({ member: { role: 'member', mutedUntil } })
    expect(judged('post-message', muted(NOW + 1))).toMatchObject({ code: 'muted', details: { until: NOW + 1 } })
    expect(judged('post-message', muted(NOW))).toBeUndefined()
    expect(judged('read-room', muted(NOW + 1))).toBeUndefined()
    expect(judged('post-message', muted(FOR_EVER))?.details).toEqual({})
    expect(judged('post-message', muted(FOR_EVER - 1))?.details).toEqual({ until: FOR_EVER - 1 })
  })
})

test('[N1] what somebody is: owner, moderator, member, guest; of two, plain members', () => {
  const guest = { ...me, kind: 'guest' } as const
  const moderator = { role: 'moderator', mutedUntil: undefined } as const
  const mine = { kind: 'public', ownerId: me.id } as const
  expect(roomRole(mine, undefined, me)).toBe('owner')
  expect(roomRole(mine, moderator, guest)).toBe('owner')
  expect(roomRole(owner, moderator, guest)).toBe('moderator')
  expect(roomRole(owner, member, me)).toBe('member')
  expect(roomRole(owner, member, guest)).toBe('guest')
  expect(roomRole(owner, undefined, guest)).toBe('guest')
  expect(roomRole({ ...mine, kind: 'direct' }, moderator, me)).toBe('member')
  expect(roomRole({ ...mine, kind: 'private' }, member, me)).toBe('owner')
  expect(mayInRoom('delete-any-message', 'moderator')).toBe(true)
  expect(mayInRoom('delete-any-message', 'member')).toBe(false)
})

test('[N1] what somebody is on the server, and may there', () => {
  expect(instanceRole(me)).toBe('member')
  expect(instanceRole({ ...me, kind: 'guest' })).toBe('guest')
  expect(instanceRole({ ...me, role: 'administrator' })).toBe('administrator')
  expect(refusal(() => requireOnInstance('manage-people', { ...me, role: 'administrator' }))).toBeUndefined()
  expect(refusal(() => requireOnInstance('manage-people', me))?.code).toBe('not-allowed')
  expect(refusal(() => requireOnInstance('set-person-role', { ...me, role: 'administrator' }))?.code).toBe(
    'not-allowed',
  )
})

test('[O2] rank is strict', () => {
  const ranks = [['guest', 'member'], ['moderator'], ['owner']] as const
  ranks.forEach((same, rank) => {
    for (const role of same) {
      ranks.forEach((others, otherRank) => {
        for (const other of others) expect(outranksInRoom(role, other)).toBe(rank > otherRank)
      })
    }
  })
  const onServer = [['guest', 'member'], ['administrator'], ['owner']] as const
  onServer.forEach((same, rank) => {
    for (const role of same) {
      onServer.forEach((others, otherRank) => {
        for (const other of others) expect(outranksOnInstance(role, other)).toBe(rank > otherRank)
      })
    }
  })
})
