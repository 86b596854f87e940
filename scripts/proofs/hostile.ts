import { type OverloadResult, overload } from '../../tests/overload/overload.ts'
import { type SlowReadersResult, slowReaders } from '../../tests/overload/slow-readers.ts'
import { inRuns, type ProofTools } from './cluster.ts'
import { fuzz } from './fuzz/fuzz.ts'
import { slowloris } from './slowloris.ts'

/** Proofs against whoever means harm, or only means too much. */
export const hostileProofs: Readonly<Record<string, (tools: ProofTools) => Promise<boolean>>> = {
  fuzz,
  overload: overloads,
  'slow-readers': stalled,
  slowloris,
}

export const hostileUsage = `

  Against whoever means harm, or only too much:
  fuzz          frames, texts, links and cursors bred for reaching new branches (1,000,000)
  overload      ten times the load for a minute, within everybody's limits and far beyond them
  slow-readers  500 sockets that stop reading for a minute under load
  slowloris     1,000 slow connections of each kind, by slowhttptest`

/** Once with the limits of every installation, once with none, so that only the server's own speed holds it back. */
async function overloads(tools: ProofTools): Promise<boolean> {
  return inRuns<OverloadResult>(
    tools,
    { name: 'overload', wanted: 2, perRun: 1, of: () => 1 },
    {
      run: (seed) => overload({ seconds: 60, isLimited: seed % 2 === 1 }),
      sum: (done) =>
        done
          .map(
            (one) =>
              `${one.isLimited ? 'within limits' : 'without limits'}: ${one.sent} posts sent, ${one.acknowledged} acknowledged, ` +
              `${one.stored} stored, ${one.busy} busy, answered after ${one.answeredMs.p99} ms at p99 and ${one.answeredMs.most} ms ` +
              `at most, memory + ${one.grownMb} MiB`,
          )
          .join('; '),
    },
  )
}

async function stalled(tools: ProofTools): Promise<boolean> {
  return inRuns<SlowReadersResult>(
    tools,
    { name: 'slow-readers', wanted: 500, perRun: 500, of: ({ stalled: count }) => count },
    {
      run: (_, count) => slowReaders({ stalled: count, seconds: 60, mostTimes: 1.5 }),
      sum: (done) =>
        done
          .map(
            ({ before, during, grownMb, cut, resumed }) =>
              `delivered at p99 after ${before.p99} ms without and ${during.p99} ms with them, memory + ${grownMb} MiB, ` +
              `${cut} closed as too slow, ${resumed} resumed and current`,
          )
          .join('; '),
    },
  )
}
