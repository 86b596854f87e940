import { verifyBackup } from '../../../server/src/backup/verify.ts'
import { readConfig } from '../../../server/src/config.ts'
import { progressBar } from '../progress-bar.ts'
import type { Verb } from '../run.ts'
import { amount } from '../say.ts'
import { pathOf, readWords } from '../words.ts'

export const verify: Verb = {
  does: 'reads a backup and holds every byte of it against its digests',
  help: `
parley verify <file>

Reads a backup from its first byte to its last and holds it against its digests and its manifest: a changed byte and a
missing end are found, and the rooms named that they touch. Needs no database. Exit code 3 when something is wrong.
A backup made with PARLEY_SECRET_FILE can only be verified with the same setting.
`,
  async run(words) {
    const { others } = readWords(words, { others: { least: 1, most: 1, called: 'the file' } })
    const { config } = readConfig(process.env)
    const bar = progressBar()
    const path = pathOf(others[0] ?? '')
    try {
      const { header, manifest, problems, rooms } = await verifyBackup({
        path,
        secret: config.secret,
        progress: bar.progress,
      })
      bar.end()
      for (const problem of problems) process.stderr.write(`${problem}\n`)
      for (const room of rooms) process.stderr.write(`Room touched: ${room}\n`)
      if (problems.length > 0 || !header || !manifest) {
        process.stderr.write(`${path} is damaged. Do not rely on it.\n`)
        return 3
      }
      const counts = [
        amount(Object.keys(manifest.rooms).length, 'room'),
        amount(manifest.tables.messages?.rows ?? 0, 'message'),
        amount(manifest.tables.users?.rows ?? 0, 'person', 'people'),
      ]
      process.stdout.write(`${path} is whole: made at ${new Date(header.madeAt).toISOString()}, ${counts.join(', ')}\n`)
      return 0
    } finally {
      bar.end()
    }
  },
}
