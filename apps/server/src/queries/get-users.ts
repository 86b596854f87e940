import { readUsers } from '../storage/users.ts'
import { query } from './query.ts'

export const getUsers = query('get-users', async ({ reader, input }) => ({ users: await readUsers(reader, input.ids) }))
