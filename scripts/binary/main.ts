import { carriedFiles } from '../../apps/server/src/runtime/files.ts'

/** What the single binary does. build-binary.mjs writes what calls it, with the place of each file of the built web client. */
export async function main(carried: Readonly<Record<string, string>>): Promise<void> {
  const words = process.argv.slice(2)
  const isServing = words.length === 0 || (words.length === 1 && words[0] === 'serve')
  if (isServing) {
    const { serve } = await import('../../apps/server/src/serve.ts')
    await serve({ web: carriedFiles(carried) })
  } else {
    const { run } = await import('../../apps/cli/src/run.ts')
    process.exitCode = await run(words)
  }
}
