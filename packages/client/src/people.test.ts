import { expect, test } from 'bun:test'
import type { User, UserId } from '@parley/protocol'
import { People } from './people.ts'

const person = (name: string, version = 1): User => ({
  id: name as UserId,
  handle: name,
  displayName: `${name} ${version}`,
  kind: 'guest',
  version,
})

test('[G2] the higher version of a person replaces, a lower one changes nothing', () => {
  const people = new People(async () => ({ users: [] }))
  people.learn([person('ann', 2)])
  const before = people.all.value
  people.learn([person('ann', 1), person('ann', 2)])
  expect(people.all.value).toBe(before)
  people.learn([person('ann', 3)])
  expect(people.get('ann' as UserId)?.displayName).toBe('ann 3')
})

test('only unknown people are asked for, a hundred at a time, and unknown ids are left out', async () => {
  const asked: UserId[][] = []
  const people = new People(async (ids) => {
    asked.push(ids)
    return { users: ids.filter((id) => id !== 'ghost').map((id) => person(id)) }
  })
  people.learn([person('ann')])
  const ids = ['ann', 'ghost', ...Array.from({ length: 149 }, (_, index) => `p${index}`)].map((id) => id as UserId)
  expect(await people.find(ids)).toHaveLength(150)
  expect(asked.map((page) => page.length)).toEqual([100, 50])
  await people.find(['ann' as UserId, 'p1' as UserId])
  expect(asked).toHaveLength(2)
})
