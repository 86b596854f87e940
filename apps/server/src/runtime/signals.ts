/** Calls `stop` at the first SIGTERM or SIGINT and `halt` at the second. */
export function onStopSignal(stop: () => void, halt: () => void): void {
  let isStopping = false
  const receive = () => {
    if (isStopping) halt()
    else {
      isStopping = true
      stop()
    }
  }
  process.on('SIGTERM', receive)
  process.on('SIGINT', receive)
}

/** A file that may not grow is a full disk, which the storage answers for: by default the signal would end the process. */
export function surviveFileSizeLimit(): void {
  process.on('SIGXFSZ', () => undefined)
}

/**
 * Faults that nobody awaited. A rejected promise concerns one task, so it is told and life goes on; an exception out of
 * nowhere may have left anything half done, so `halt` follows it.
 */
export function onStrayFault(tell: (error: unknown) => void, halt: () => void): void {
  process.on('unhandledRejection', tell)
  process.on('uncaughtException', (error) => {
    tell(error)
    halt()
  })
}
