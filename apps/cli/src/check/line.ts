import { type OpenSocket, openWebSocket, type SocketLike } from '@parley/client'

/** One person's way to the server, which can be cut as a pulled cable is: no goodbye, and nothing more is heard. */
export class Line {
  #sockets = new Set<{ cut(): void }>()
  #cuts = 0

  /** How often something was cut. */
  get cuts(): number {
    return this.#cuts
  }

  readonly open: OpenSocket = (url, options) => {
    const inner = openWebSocket(url, options)
    const outer: SocketLike = {
      onopen: null,
      onmessage: null,
      onclose: null,
      send: (text) => inner.send(text),
      close: (code, reason) => inner.close(code, reason),
    }
    const end = (event: { readonly code: number; readonly reason: string }) => {
      if (!this.#sockets.delete(socket)) return
      outer.onclose?.(event)
    }
    const socket = {
      cut: () => {
        inner.onmessage = null
        terminate(inner)
        end({ code: 1006, reason: '' })
      },
    }
    this.#sockets.add(socket)
    inner.onopen = () => outer.onopen?.()
    inner.onmessage = (event) => outer.onmessage?.(event)
    inner.onclose = end
    return outer
  }

  cut(): void {
    for (const socket of [...this.#sockets]) {
      this.#cuts += 1
      socket.cut()
    }
  }
}

/** Without a closing handshake, where the runtime can do so. */
function terminate(socket: SocketLike): void {
  if ('terminate' in socket && typeof socket.terminate === 'function') socket.terminate()
  else socket.close()
}
