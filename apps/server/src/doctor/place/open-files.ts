import { readdirSync, readFileSync } from 'node:fs'
import { type Finding, ok, warning } from '../finding.ts'

const FEW = 4_096
const NEARLY = 0.8

/** How many files, and so people, a process may have open. `pid`: of the running server; without one, what would be inherited. */
export function examineOpenFiles(pid: number | undefined): Finding[] {
  const limit = limitOf(pid ?? process.pid)
  if (limit === undefined) return []
  const whose = pid === undefined ? 'a server started from here' : 'the server'
  const used = pid === undefined ? 0 : openOf(pid)
  const says = `${whose} may have ${limit.toLocaleString('en')} files open${used > 0 ? ` and has ${used.toLocaleString('en')}` : ''}`
  const remedy =
    'Everybody who is connected is one: raise it (LimitNOFILE= of systemd, ulimits of Compose, or ulimit -n).'
  return [limit < FEW || used > limit * NEARLY ? warning('open files', says, remedy) : ok('open files', says)]
}

function limitOf(pid: number): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8')) ?? []
    return soft === 'unlimited' ? Number.MAX_SAFE_INTEGER : soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined // Not Linux, or somebody else's process.
  }
}

function openOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return 0 // Somebody else's process.
  }
}
