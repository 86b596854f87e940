import { spawn } from 'node:child_process'
import { memoryKb } from '../../bench/lib/proc.ts'
import { Bystander } from '../../tests/hostile/bystander.ts'
import { startServer } from '../../tests/support/harness.ts'
import { ensurePrograms, programPath } from '../services/programs.ts'
import { inRuns, type ProofTools } from './cluster.ts'

interface SlowlorisResult {
  readonly kind: string
  readonly connections: number
  readonly askedMs: { readonly p50: number; readonly p99: number; readonly most: number }
  readonly asked: number
  readonly grownMb: number
  readonly said: string
  readonly problems: readonly string[]
}

/** A byte of a header or body every five seconds, or an answer that is read by drops. */
const KINDS = {
  headers: ['-H', '-i', '5'],
  bodies: ['-B', '-i', '5', '-s', '60000', '-t', 'POST', '-f', 'application/json'],
  reading: ['-X', '-w', '10', '-y', '20', '-n', '5', '-z', '32', '-k', '3'],
} as const
const CONNECTIONS = 1_000
const SECONDS = 40
const P99_MS = 100
const MEMORY_MB = 200

/** 1,000 slow connections of each kind while somebody else asks 25 times a second: the answers tell how the loop lags. */
export async function slowloris(tools: ProofTools): Promise<boolean> {
  ensurePrograms(['slowhttptest'])
  const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[] // as: its keys
  return inRuns<SlowlorisResult>(
    tools,
    { name: 'slowloris', wanted: kinds.length, perRun: 1, of: () => 1 },
    {
      run: (seed) => against(kinds[(seed - 1) % kinds.length] ?? 'headers'),
      sum: (done) =>
        done
          .map(
            ({ kind, asked, askedMs, grownMb }) =>
              `slow ${kind}: ${asked} answers meanwhile, p99 ${askedMs.p99} ms, at most ${askedMs.most} ms, memory + ${grownMb} MiB`,
          )
          .join('; '),
    },
  )
}

async function against(kind: keyof typeof KINDS): Promise<SlowlorisResult> {
  await using server = await startServer()
  const bystander = await Bystander.arrives(server, 'Bystander')
  const before = memoryKb(server.pid ?? 0).rss
  const path = kind === 'bodies' ? '/api/commands/enter' : '/'
  const words = ['-c', String(CONNECTIONS), '-r', '200', '-l', String(SECONDS), '-p', '3', '-u', server.url + path]
  const said = await ends(programPath('slowhttptest'), [...KINDS[kind], ...words])
  const grownMb = Math.round((memoryKb(server.pid ?? 0).rss - before) / 1024)
  const { asked, ...askedMs } = await bystander.leaves()
  const problems = [
    ...(askedMs.p99 > P99_MS ? [`others were answered after ${askedMs.p99} ms at p99`] : []),
    ...(grownMb > MEMORY_MB ? [`${grownMb} MiB more memory`] : []),
    ...(asked < SECONDS * 5 ? [`only ${asked} answers in ${SECONDS} s`] : []),
  ]
  return { kind, connections: CONNECTIONS, asked, askedMs, grownMb, said: said.slice(-1_500), problems }
}

function ends(program: string, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text))
    child.once('error', reject)
    child.once('exit', () => resolve(output))
  })
}
