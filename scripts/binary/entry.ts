// Where the single binary begins. `carried.ts` is written by build-binary.mjs: the built web client.
import { carriedFiles } from '../../apps/server/src/runtime/files.ts'
import { serve } from '../../apps/server/src/serve.ts'
import { carried } from './.cache/carried.ts'

await serve({ web: carriedFiles(carried) })
