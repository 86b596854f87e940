import { readSettings } from '../storage/settings.ts'
import { query } from './query.ts'
import { requireRole } from './require-role.ts'

export const getSettings = query('get-settings', async ({ reader, asker }) => {
  await requireRole(reader, asker, 'manage-settings')
  return readSettings(reader)
})
