import { readdirSync, readFileSync } from 'node:fs'

/** Nanoseconds that each thread of a process has spent on a core. */
export function cpuNsByThread(pid: number): ReadonlyMap<string, number> {
  const spent = new Map<string, number>()
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      spent.set(task, Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]))
    } catch {
      // The thread ended between the listing and the reading.
    }
  }
  return spent
}

/** What the threads of now have spent since `before`. What threads that ended meanwhile spent is not in it. */
export function cpuNs(pid: number, before: ReadonlyMap<string, number> = new Map()): number {
  let sum = 0
  for (const [task, ns] of cpuNsByThread(pid)) sum += ns - (before.get(task) ?? 0)
  return sum
}

/** Resident memory of a process in kilobytes: all of it, the part that is its own, and the most there ever was. */
export function memoryKb(pid: number): { rss: number; own: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0)
  return { rss: field('VmRSS'), own: field('RssAnon'), peak: field('VmHWM') }
}

/** Jiffies since boot: all, and those that the hypervisor gave to others. */
export function machineTime(): { all: number; steal: number } {
  const fields = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.trim().split(/\s+/).slice(1).map(Number) ?? []
  return { all: fields.slice(0, 8).reduce((sum, value) => sum + value, 0), steal: fields[7] ?? 0 }
}

export function loadAverage(): number {
  return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0])
}
