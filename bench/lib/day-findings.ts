import { Audit } from '../soak/audit.ts'

/** What the clients of a day saw, together. Times are milliseconds. */
export class DayFindings {
  readonly audit = new Audit()
  frames = 0
  characters = 0
  /** Frames of signals, by the first that each carries. */
  signals: Record<string, number> = {}
  marks = 0
  /** Posts that had to wait, because the server said so. */
  busy = 0
  ackMs: number[] = []
  /** From going to another place, or from connecting, to having all of it. */
  openMs: number[] = []
  resumeMs: number[] = []
  pageMs: number[] = []
  /** How much later than it was due something was done. */
  lateMs: number[] = []

  /** What came before does not count as a time; it is audited all the same. */
  forgetTimes(): void {
    this.audit.latencies = []
    this.ackMs = []
    this.openMs = []
    this.resumeMs = []
    this.pageMs = []
    this.lateMs = []
  }
}
