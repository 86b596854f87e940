import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from './server-process.ts'

export interface Native {
  /** Holds the programs, and whatever else a scenario wants to have gone afterwards. */
  readonly folder: string
  readonly loadgen: string
  readonly reference: string
  /** A library to preload into a server. */
  readonly sync: string
  readonly compiler: string
}

const LOAD_GENERATOR = ['loadgen.c', 'audit.c', 'frames.c', 'parley.c', 'rooms.c', 'irc.c', 'xmpp.c']

let built: Native | undefined

/** Done when a program exits; a runner of tests, which ends in another way, has to say it. */
export function removeNative(): void {
  if (built) rmSync(built.folder, { recursive: true, force: true })
  built = undefined
}

/** Compiles the load generator and the references, once per run. */
export function buildNative(): Native {
  if (built) return built
  const compiler = findCompiler()
  const folder = mkdtempSync(join(tmpdir(), 'parley-native-'))
  process.on('exit', removeNative)
  const compile = (names: readonly string[], target: string, extra: readonly string[] = []) => {
    const path = join(folder, target)
    const sources = names.map((name) => join(root, 'bench/native', name))
    execFileSync(compiler, ['-O2', '-Wall', ...extra, '-o', path, ...sources], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    return path
  }
  built = {
    folder,
    compiler: execFileSync(compiler, ['--version'], { encoding: 'utf8' }).split('\n')[0] ?? compiler,
    loadgen: compile(LOAD_GENERATOR, 'loadgen'),
    reference: compile(['reference.c'], 'reference'),
    sync: compile(['sync.c'], 'sync.so', ['-shared', '-fPIC']),
  }
  return built
}

function findCompiler(): string {
  for (const name of ['cc', 'gcc', 'clang']) {
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' })
      return name
    } catch {
      // The next one, then.
    }
  }
  throw new Error(
    'The bench compiles its load generator and references: install a C compiler (Debian: apt install gcc).',
  )
}
