import { type Settings, userStream } from '@parley/protocol'
import { readSettings, writeSettings } from '../storage/settings.ts'
import { command } from './command.ts'

export const changeSettings = command('change-settings', {
  locks: (_, actor) => [userStream(actor.id)],
  onInstance: 'manage-settings',
  async perform({ tx, input }) {
    const before = await readSettings(tx.writer)
    const changed: Settings = {
      signUp: input.signUp ?? before.signUp,
      guests: input.guests ?? before.guests,
      emailDomains: [...new Set(input.emailDomains ?? before.emailDomains)],
    }
    await writeSettings(tx.writer, changed)
    return changed
  },
})
