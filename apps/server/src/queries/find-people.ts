import { filterPeople } from '../storage/find-people.ts'
import { query } from './query.ts'

const MOST = 20

export const findPeople = query('find-people', async ({ reader, input }) => ({
  users: await filterPeople(reader, { text: input.text, limit: MOST }),
}))
