import { callServer } from '../../control/control-client.ts'
import { type Finding, ok, warning } from '../finding.ts'

/** The server that runs on this data folder, as it says itself over its control socket. */
export interface RunningServer {
  readonly pid: number
  readonly port: number
}

export async function findServer(dataFolder: string): Promise<RunningServer | undefined> {
  const line = await callServer(dataFolder)
  if (!line) return undefined
  try {
    // as: `Serving` answers so.
    return (await line.ask('status')) as RunningServer
  } finally {
    line.close()
  }
}

const METRICS = [
  { name: 'faults', remedy: 'Each has an incident in the log of the server: read it there.' },
  { name: 'repairs', remedy: '' },
  { name: 'gaps', remedy: '' },
  { name: 'repeats', remedy: '' },
] as const

/** What the running server has counted since it started: what it mended, and what it could not. */
export async function examineMetrics(host: string, { port }: RunningServer): Promise<Finding[]> {
  try {
    const answer = await fetch(`http://${host}:${port}/metrics`, { signal: AbortSignal.timeout(5_000) })
    const text = await answer.text()
    const counts = METRICS.map(({ name, remedy }) => {
      // pattern: made of our own words
      const [, value] = new RegExp(`^parley_${name}_total (\\d+)`, 'm').exec(text) ?? []
      return { name, remedy, count: Number(value ?? 0) }
    })
    const says = `since its start: ${counts.map(({ name, count }) => `${count} ${name}`).join(', ')}`
    const faulty = counts.find(({ count, remedy }) => count > 0 && remedy !== '')
    return [faulty ? warning('server', says, faulty.remedy) : ok('server', says)]
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return [
      warning('server', `It listens on port ${port} but /metrics does not answer (${reason})`, 'Look at its log.'),
    ]
  }
}
