import { expect, test } from 'bun:test'
import { ROOM_ROLES } from '@parley/protocol'
import { mayModerate, outranks } from './rank.ts'

test('only owner and moderators keep order, and only over those below them', () => {
  expect(ROOM_ROLES.filter(mayModerate)).toEqual(['owner', 'moderator'])
  expect(ROOM_ROLES.filter((role) => outranks('owner', role))).toEqual(['moderator', 'member', 'guest'])
  expect(ROOM_ROLES.filter((role) => outranks('moderator', role))).toEqual(['member', 'guest'])
  expect(ROOM_ROLES.filter((role) => outranks('member', role))).toEqual([])
})
