import { cpuNs, cpuNsByThread, machineTime } from './proc.ts'

const MOST_STEAL = 0.01

/** What a process spends on its cores from now on. */
export class Meter {
  readonly #pid: number
  readonly #before: ReadonlyMap<string, number>
  readonly #machine = machineTime()
  readonly #at = performance.now()

  constructor(pid: number) {
    this.#pid = pid
    this.#before = cpuNsByThread(pid)
  }

  /** `void` says why this stretch proves nothing. */
  stop(): { cpuNs: number; seconds: number; steal: number; void: string[] } {
    const now = machineTime()
    const steal = (now.steal - this.#machine.steal) / Math.max(1, now.all - this.#machine.all)
    return {
      cpuNs: cpuNs(this.#pid, this.#before),
      seconds: (performance.now() - this.#at) / 1_000,
      steal,
      void: steal > MOST_STEAL ? [`steal ${(steal * 100).toFixed(1)} %`] : [],
    }
  }
}
