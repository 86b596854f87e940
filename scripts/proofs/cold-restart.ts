import { type ColdRestartResult, coldRestartRun } from '../../tests/faults/cold-restart-run.ts'
import { inRuns, type ProofTools } from './cluster.ts'

export const coldRestartUsage = `
  cold-restart  one server on SQLite stopped and started under 10,000 clients (10 times)`

const CLIENTS = 10_000
const RESTARTS_PER_RUN = 5

export async function coldRestart(tools: ProofTools): Promise<boolean> {
  return inRuns<ColdRestartResult>(
    tools,
    { name: 'cold-restart', wanted: 10, perRun: RESTARTS_PER_RUN, of: ({ restarts }) => restarts.length },
    {
      run: async (_, restarts) => {
        const result = await coldRestartRun({ clients: CLIENTS, restarts })
        for (const one of result.restarts) console.log(JSON.stringify(one))
        return result
      },
      sum: (done) => {
        const all = done.flatMap(({ restarts }) => restarts)
        const most = (of: (one: (typeof all)[number]) => number) => Math.max(0, ...all.map(of))
        return (
          `${done.reduce((sum, { acknowledged }) => sum + acknowledged, 0)} posts acknowledged; in the worst restart the server ` +
          `was away for ${most(({ awayMs }) => awayMs)} ms, clients were current ${most(({ backMs }) => backMs.p99)} ms after ` +
          `their first attempt that it was there for at p99 (at most ${most(({ backMs }) => backMs.most)} ms), ` +
          `${most(({ triedMs }) => triedMs.p99)} ms after their very first, ` +
          `${most(({ sinceReadyMs }) => sinceReadyMs.p99)} ms after it was ready, ` +
          `and everybody ${most(({ everybodyMs }) => everybodyMs)} ms after the stop`
        )
      },
    },
  )
}
