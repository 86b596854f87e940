import { type RestoreRunResult, restoreRun } from '../../tests/backup/restore-run.ts'
import { inRuns, type ProofTools } from './cluster.ts'

export const backupsUsage = `
  backups       backups under load, verified, restored and served, in both directions between both databases (20)`

const DIRECTIONS = [
  { from: 'sqlite', to: 'sqlite' },
  { from: 'postgres', to: 'postgres' },
  { from: 'sqlite', to: 'postgres' },
  { from: 'postgres', to: 'sqlite' },
] as const

/** 20 people, 10 rooms, 200 acts a second in total. */
const LOAD = { people: 20, rooms: 10, gapMs: 100 }

export async function backups(tools: ProofTools): Promise<boolean> {
  return inRuns<RestoreRunResult>(
    tools,
    { name: 'backups', wanted: 20, perRun: 1, of: () => 1 },
    {
      run: (seed) => restoreRun({ ...LOAD, ...(DIRECTIONS[seed % DIRECTIONS.length] ?? DIRECTIONS[0]), seed }),
      sum: (done) => {
        const total = (of: (result: RestoreRunResult) => number) => done.reduce((sum, result) => sum + of(result), 0)
        return (
          `${total(({ messages }) => messages)} messages in ${total(({ rooms }) => rooms)} rooms restored, ` +
          `${total(({ undone }) => undone)} acknowledged after the backup and gone, ` +
          `${total(({ waiting }) => waiting)} that waited, ${total(({ acknowledged }) => acknowledged)} commands acknowledged ` +
          `by the restored servers, ${total(({ resets }) => resets)} rooms begun afresh by clients`
        )
      },
    },
  )
}
