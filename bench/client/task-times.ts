import type { Browser, Page } from '@playwright/test'

/** What a task of a page's main thread took, in milliseconds: by the clock, and on a core. */
export interface TaskTime {
  readonly wallMs: number
  readonly cpuMs: number
}

/** Follows every task of the browser's pages until told to stop. Who else wants the core lengthens the clock's time alone. */
export async function followTasks(browser: Browser, page: Page): Promise<() => Promise<readonly TaskTime[]>> {
  await browser.startTracing(page, { categories: ['-*', 'toplevel'] })
  return async () => tasksIn((await browser.stopTracing()).toString('utf8'))
}

/** As Chromium writes it: durations in microseconds; a thread's name is an event of its own. */
interface TraceEvent {
  readonly name: string
  readonly ph: string
  readonly pid: number
  readonly tid: number
  readonly dur?: number
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

export function tasksIn(trace: string): readonly TaskTime[] {
  const { traceEvents } = JSON.parse(trace) as { traceEvents: readonly TraceEvent[] } // as: the trace event format
  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`
  const pages = new Set(
    traceEvents.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain').map(threadOf),
  )
  const tasks = traceEvents.filter(
    (event) => event.ph === 'X' && event.name === 'ThreadControllerImpl::RunTask' && pages.has(threadOf(event)),
  )
  if (tasks.length === 0) throw new Error('The trace holds no task of a page.')
  return tasks.map(({ dur = 0, tdur = 0 }) => ({ wallMs: dur / 1_000, cpuMs: tdur / 1_000 }))
}
