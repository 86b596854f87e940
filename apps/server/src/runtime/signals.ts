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
