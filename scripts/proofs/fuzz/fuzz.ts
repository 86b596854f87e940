import { join } from 'node:path'
import { root } from '../../checks/source-file.ts'
import { inRuns, type ProofTools } from '../cluster.ts'

export interface FuzzResult {
  readonly parser: string
  readonly seed: number
  readonly cases: number
  readonly corpus: number
  readonly branches: { readonly reached: number; readonly all: number }
  readonly mostMs: number
  readonly problems: readonly string[]
}

const PARSERS = 4

/**
 * Texts that are bred for reaching branches that none reached before, each held against the laws of its parser. Every run
 * takes the next parser, so a million cases are spread over all of them.
 */
export async function fuzz(tools: ProofTools): Promise<boolean> {
  const wanted = tools.cycles ?? 1_000_000
  return inRuns<FuzzResult>(
    tools,
    { name: 'fuzz', wanted, perRun: Math.ceil(wanted / PARSERS), of: ({ cases }) => cases },
    { run: breed, sum: (done) => done.map(words).join('; ') },
  )
}

async function breed(seed: number, cases: number): Promise<FuzzResult> {
  const program = join(root, 'scripts/proofs/fuzz/breed.ts')
  const child = Bun.spawn([process.execPath, program, String(seed), String(cases)], {
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const said = await new Response(child.stdout).text()
  if ((await child.exited) !== 0) throw new Error(`The fuzzer ended before its time.\n${said}`)
  return JSON.parse(said) as FuzzResult // as: what it prints
}

function words({ parser, cases, corpus, branches, mostMs }: FuzzResult): string {
  return `${parser}: ${cases} cases, corpus ${corpus}, ${branches.reached} of ${branches.all} branches of all, at most ${mostMs} ms`
}
