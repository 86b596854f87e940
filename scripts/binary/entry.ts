// Where the single binary begins. `carried.ts` is written by build-binary.mjs: the built web client.
import { carriedFiles } from '../../apps/server/src/runtime/files.ts'
import { carried } from './.cache/carried.ts'

const words = process.argv.slice(2)
const isServing = words.length === 0 || (words.length === 1 && words[0] === 'serve')
if (isServing) {
  const { serve } = await import('../../apps/server/src/serve.ts')
  await serve({ web: carriedFiles(carried) })
} else {
  const { run } = await import('../../apps/cli/src/run.ts')
  process.exitCode = await run(words)
}
