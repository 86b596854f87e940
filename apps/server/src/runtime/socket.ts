/** One live WebSocket, as everything above the runtime sees it: in the runtime's own words, so that none is wrapped. */
export interface Socket {
  /**
   * Hands one text message to the kernel; answers with the bytes sent. -1: it waits in memory, and `drained` will be called; 0:
   * the socket is closed or beyond its backpressure limit, and the message is lost.
   */
  send(text: string): number
  /** Messages sent within `write` leave in as few system calls as possible. */
  cork(write: () => void): void
  /** Bytes that wait in memory because the peer reads slowly. */
  getBufferedAmount(): number
  /** Says why and closes. What still waits in memory is lost with it, so let it drain first if it matters. */
  close(code: number, reason: string): void
}

/** What happens to one WebSocket. None of these may throw. */
export interface SocketListener {
  /** A text message; undefined stands for a binary one. */
  message(text: string | undefined): void
  /** Everything that waited in memory was written. */
  drained(): void
  closed(): void
}
