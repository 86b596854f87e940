import { readdirSync, readFileSync } from 'node:fs'

/** A process and its children; on systems without /proc the process alone. */
export function withChildren(parent: number): number[] {
  const children = numbersIn('/proc').filter((pid) => parentOf(pid) === parent)
  return [parent, ...children]
}

function parentOf(pid: number): number {
  return Number(statOf(pid)[1])
}

function stateOf(pid: number): string | undefined {
  return statOf(pid)[0]
}

/** The fields of /proc/<pid>/stat after the name, which may itself hold blanks and brackets. */
function statOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  } catch {
    return [] // It ended while we looked, or there is no /proc.
  }
}

function numbersIn(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isInteger)
  } catch {
    return [] // No /proc on this system.
  }
}

export function signal(pid: number, name: NodeJS.Signals): void {
  if (signalable(pid)) process.kill(pid, name)
}

export function isAlive(pid: number): boolean {
  return signalable(pid) && stateOf(pid) !== 'Z' // A zombie that nobody reaps is over.
}

function signalable(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
