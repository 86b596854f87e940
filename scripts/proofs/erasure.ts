import { type ErasureResult, erasureRun } from '../../tests/erasure/support/erasure-run.ts'
import { inRuns, type ProofTools } from './cluster.ts'

const PER_RUN = 100

type Run = ErasureResult & { readonly database: string; readonly asked: number }

/** What was erased is in no file, log or key, nor in an old backup that is restored with the ledger; SQLite and PostgreSQL in turn. */
export async function erasure(tools: ProofTools): Promise<boolean> {
  return inRuns<Run>(
    tools,
    { name: 'erasure', wanted: 400, perRun: PER_RUN, of: ({ asked }) => asked },
    {
      run: async (seed, canaries) => {
        const database = seed % 2 === 0 ? 'postgres' : 'sqlite'
        return { database, asked: canaries, ...(await erasureRun({ database, canaries })) }
      },
      sum: (done) =>
        ['sqlite', 'postgres']
          .map((name) => {
            const runs = done.filter(({ database }) => database === name)
            const total = (of: (run: Run) => number) => runs.reduce((sum, run) => sum + of(run), 0)
            const seen = `${total(({ foundBefore }) => foundBefore)} of ${total(({ stored }) => stored)} stored ones seen before`
            return `${name} ${total(({ canaries }) => canaries)} canaries, ${seen}, ${Math.round(total(({ bytes }) => bytes) / 1e6)} MB searched`
          })
          .join('; '),
    },
  )
}
