import { prepare, runOrExplain } from './setup.mjs'

await runOrExplain(prepare)
