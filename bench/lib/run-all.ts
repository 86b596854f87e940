import { spawn } from 'node:child_process'
import { isCodeOf } from './code-commit.ts'
import { readKept } from './report.ts'
import { bun, dieWithParent, root } from './server-process.ts'

export interface AllOptions {
  /** Minutes that each takes, until it has told by itself; in the order in which they run. */
  readonly scenarios: Readonly<Record<string, number>>
  /** Given to each of them, as on the command line. */
  readonly words: readonly string[]
  /** Also those whose figures are of this very program. */
  readonly again: boolean
}

/**
 * Runs all scenarios one after the other, each in a process of its own, so that none inherits memory or a core from another.
 * A run that was interrupted goes on where it was: what was measured with the same words and the same code is passed
 * over. One that fails does not keep the others from running. Answers those that failed.
 */
export async function runAll({ scenarios, words, again }: AllOptions): Promise<string[]> {
  const names = Object.keys(scenarios)
  const due = names.filter((name) => again || !isMeasured(name, words))
  const minutes = (name: string) => readKept(name)?.minutes ?? scenarios[name] ?? 0
  const sum = due.reduce((all, name) => all + minutes(name), 0)
  const done = names.filter((name) => !due.includes(name))
  const isVoid = (name: string) => /\bvoid\b/i.test(readKept(name)?.found.join('\n') ?? '')
  if (done.length > 0) {
    const list = done.map((name) => (isVoid(name) ? `${name} (void in part)` : name)).join(', ')
    console.log(`Measured already with this program: ${list}. --again measures all of them again.`)
  }
  console.log(`${due.length} scenarios, about ${Math.ceil(sum)} minutes:`)
  for (const name of due) console.log(`  ${name.padEnd(12)} ${minutes(name).toFixed(0).padStart(3)} min`)
  const failed: string[] = []
  for (const [index, name] of due.entries()) {
    const left = due.slice(index).reduce((all, one) => all + minutes(one), 0)
    console.log(`\n${index + 1} of ${due.length}, about ${Math.ceil(left)} minutes left`)
    if (!(await run([name, ...words]))) failed.push(name)
  }
  if (failed.length > 0) console.error(`\nFailed: ${failed.join(', ')}`)
  return failed
}

/** By the very command that would be run now. */
function isMeasured(name: string, words: readonly string[]): boolean {
  const kept = readKept(name)
  if (kept?.commit === undefined || kept.command !== ['npm run bench --', name, ...words].join(' ')) return false
  return isCodeOf(kept.commit)
}

function run(words: readonly string[]): Promise<boolean> {
  const [program = '', ...rest] = [...dieWithParent, bun, 'bench/main.ts', ...words]
  const child = spawn(program, rest, { cwd: root, stdio: 'inherit' })
  return new Promise((resolve) => child.once('close', (code) => resolve(code === 0)))
}
