import { expect, test } from 'bun:test'
import { newId, type User, type UserId } from '@parley/protocol'
import { NamedPeople } from './named-people.ts'

const person = (version = 1, id = newId<UserId>()): User => ({
  id,
  handle: 'ann',
  displayName: 'Ann',
  kind: 'guest',
  version,
})

test('the oldest version that was named counts until everybody is told, and whoever was named longest ago is forgotten first', () => {
  const named = new NamedPeople(2)
  const [ann, bob, cleo] = [person(), person(2), person()]
  named.note([ann, bob])
  named.note([{ ...ann, version: 3 }])
  expect([...named.versions]).toEqual([
    [bob.id, 2],
    [ann.id, 1],
  ])
  named.renamed({ ...ann, version: 3 })
  named.renamed({ ...ann, version: 2 })
  expect(named.versions.get(ann.id)).toBe(3)
  named.note([cleo])
  expect([...named.versions.keys()]).toEqual([ann.id, cleo.id])
})

test('people are noted in answers that name them, and a new name of a stranger is not', () => {
  const named = new NamedPeople()
  const [ann, bob] = [person(), person()]
  for (const answer of [undefined, null, 'reset', 7, {}, { users: [ann] }]) named.noteIn(answer)
  named.renamed({ ...ann, version: 2 })
  named.renamed(bob)
  expect([...named.versions]).toEqual([[ann.id, 2]])
})
