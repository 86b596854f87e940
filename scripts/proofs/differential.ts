import { type Compared, compare } from '../../tests/differential/compare.ts'
import { Side } from '../../tests/differential/side.ts'
import { inRuns, type ProofTools } from './cluster.ts'

/** The same random sequences of operations on SQLite and on PostgreSQL: equal answers, refusals and logs. */
export async function differential(tools: ProofTools): Promise<boolean> {
  const perRun = 500
  return inRuns<Compared>(
    tools,
    { name: 'differential', wanted: 10_000, perRun, of: ({ sequences }) => sequences },
    {
      run: async (seed, sequences) => {
        const sides = await Promise.all([Side.opens('sqlite'), Side.opens('postgres')])
        try {
          // Each run has seeds of its own.
          return await compare(sides, { first: seed * perRun + 1, sequences })
        } finally {
          await Promise.all(sides.map((side) => side.close()))
        }
      },
      sum: (done) => {
        const total = (of: (result: Compared) => number) => done.reduce((sum, result) => sum + of(result), 0)
        return `${total(({ operations }) => operations)} operations, ${total(({ refused }) => refused)} of them refused`
      },
    },
  )
}
