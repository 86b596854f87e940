import { spawnSync } from 'node:child_process'
import { root } from './server-process.ts'

/** What decides a figure: the program and what measures it. */
const CODE = ['apps/server', 'packages', 'bench', 'package-lock.json']

/** The commit that this program is; undefined when some of it is not committed, or there is no git. */
export function codeCommit(): string | undefined {
  if (!isCodeOf('HEAD')) return undefined
  const { stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' })
  return stdout.trim() || undefined
}

/** Whether the files here are those of a commit, whatever else has changed since. */
export function isCodeOf(commit: string): boolean {
  return spawnSync('git', ['diff', '--quiet', commit, '--', ...CODE], { cwd: root }).status === 0
}
