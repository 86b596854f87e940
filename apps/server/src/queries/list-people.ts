import { countPeople, filterEverybody, pageOfEverybody } from '../storage/everybody.ts'
import { query } from './query.ts'
import { requireRole } from './require-role.ts'

export const listPeople = query('list-people', async ({ reader, asker, input, now }) => {
  await requireRole(reader, asker, 'manage-people')
  const { after = '~', limit } = input
  const filter = input.filter?.trim() ?? ''
  const found =
    filter === ''
      ? await pageOfEverybody(reader, { after, now, limit: limit + 1 })
      : await filterEverybody(reader, { filter, now })
  const rest = filter === '' ? found : found.filter(({ user }) => user.id < after)
  const people = rest.slice(0, limit)
  const last = people.at(-1)
  return {
    people,
    ...(last && rest.length > limit && { next: last.user.id }),
    total: filter === '' ? await countPeople(reader) : found.length,
  }
})
