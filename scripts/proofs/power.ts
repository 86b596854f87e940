import { type PowerRunResult, powerRun } from '../../tests/power/power-run.ts'
import { inRuns, type ProofTools } from './cluster.ts'

export const powerUsage = `
  power         simulated power cuts of a server on SQLite under load (1,000); needs a C compiler`

/** Of each run's cuts two end a life of the server; the others look at what would be left. */
const CUTS_PER_RUN = 100
const LIVES = 2
const LOAD_MS = 5_000

/** Nothing acknowledged or told is lost in a power cut, and what is left is whole. */
export async function power(tools: ProofTools): Promise<boolean> {
  return inRuns<PowerRunResult>(
    tools,
    { name: 'power', wanted: 1_000, perRun: CUTS_PER_RUN, of: ({ cuts }) => cuts },
    {
      run: async (seed, cuts) => {
        const looks = Math.max(0, Math.ceil(cuts / LIVES) - 1)
        return powerRun({ seed, lives: LIVES, looks, loadMs: LOAD_MS })
      },
      sum: (done) => {
        const total = (of: (result: PowerRunResult) => number) => done.reduce((sum, result) => sum + of(result), 0)
        const most = Math.max(0, ...done.map(({ mostLost }) => mostLost))
        return (
          `${total(({ acknowledged }) => acknowledged)} commands acknowledged, ${total(({ logged }) => logged)} events ` +
          `logged; at most ${most} bytes were written and not yet kept when the power went`
        )
      },
    },
  )
}
