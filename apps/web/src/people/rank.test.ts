import { expect, test } from 'bun:test'
import type { RoomRole } from '@parley/protocol'
import { mayModerate, outranks } from './rank.ts'

const ROLES: readonly RoomRole[] = ['owner', 'moderator', 'member', 'guest']

test('only owner and moderators keep order, and only over those below them', () => {
  expect(ROLES.filter(mayModerate)).toEqual(['owner', 'moderator'])
  expect(ROLES.filter((role) => outranks('owner', role))).toEqual(['moderator', 'member', 'guest'])
  expect(ROLES.filter((role) => outranks('moderator', role))).toEqual(['member', 'guest'])
  expect(ROLES.filter((role) => outranks('member', role))).toEqual([])
})
