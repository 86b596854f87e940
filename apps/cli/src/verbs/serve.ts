import type { Verb } from '../run.ts'
import { readWords } from '../words.ts'

export const serve: Verb = {
  does: 'serves, until it is told to stop',
  help: `
parley serve

Serves the chat, until it is told to stop (Ctrl+C or SIGTERM). This is also what "parley" alone does. It is told what to do
by environment variables; nothing is required. docs/self-hosting.md lists them.
`,
  async run(words) {
    readWords(words, { others: { least: 0, most: 0, called: '' } })
    const { serve } = await import('../../../server/src/serve.ts')
    await serve()
    return undefined
  },
}
