import { LIMITS } from '@parley/protocol'
import { StartError } from '../start-error.ts'
import type { Socket, SocketListener } from './socket.ts'

export interface ServerOptions {
  readonly host: string
  readonly port: number
  /** Answers an ordinary request. Should it fail all the same, the peer gets a bare 500 and `fault` is called. */
  respond(request: Request, address: string): Response | Promise<Response>
  /** Answers a request for a WebSocket: with what listens to it, or with why not. */
  accept(request: Request, address: string): Promise<Response | ((socket: Socket) => SocketListener)>
  fault(error: unknown): void
}

export interface Server {
  /** The port that is really listened on. */
  readonly port: number
  /** Takes no new connections, closes those where nothing is asked, and waits until what was asked is answered. */
  finish(): Promise<void>
  /** Cuts what is left. */
  stop(): Promise<void>
}

const SOCKET_PATH = '/socket'

/** Starts listening. Throws `StartError` when the address cannot be had. */
export function listen(options: ServerOptions): Server {
  try {
    return serve(options)
  } catch (error) {
    throw new StartError(whyNotListening(options, error), { cause: error })
  }
}

interface Held {
  /** Until the socket is open. */
  listen: ((socket: Socket) => SocketListener) | undefined
  listener: SocketListener | undefined
}

function serve({ host, port, respond, accept, fault }: ServerOptions): Server {
  const server = Bun.serve<Held>({
    hostname: host,
    port,
    development: false,
    // Outside development Bun would share the port with another process that listens on it, and each get half the people.
    reusePort: false,
    // Seconds without a byte before an HTTP connection is cut, so that trickled headers hold nothing for long.
    idleTimeout: 15,
    // The routes answer 413 in words from 64 KiB on; this only bounds what is read at all.
    maxRequestBodySize: 4 * LIMITS.frameBytes,
    async fetch(request, self) {
      const address = self.requestIP(request)?.address ?? ''
      if (!isSocketRequest(request)) return respond(request, address)
      const answer = await accept(request, address)
      if (answer instanceof Response) return answer
      if (self.upgrade(request, { data: { listen: answer, listener: undefined } })) return undefined
      return new Response('This address speaks WebSocket.\n', { status: 426, headers: { Upgrade: 'websocket' } })
    },
    error(error) {
      fault(error)
      return new Response('Something went wrong on the server.\n', { status: 500 })
    },
    websocket: {
      maxPayloadLength: LIMITS.frameBytes, // Bun closes with 1009 beyond it.
      perMessageDeflate: false, // It costs about 300 KB of memory per connection, and CRIME-like attacks.
      // Our own heartbeat proves both sides alive with frames that scripts can see; this is only the backstop.
      sendPings: false,
      idleTimeout: 60,
      // A backstop as well: `Outgoing` closes slow sockets by name long before.
      backpressureLimit: 8 * 1024 * 1024,
      closeOnBackpressureLimit: true,
      open(ws) {
        ws.data.listener = ws.data.listen?.(ws)
        ws.data.listen = undefined
      },
      message(ws, message) {
        ws.data.listener?.message(typeof message === 'string' ? message : undefined)
      },
      drain(ws) {
        ws.data.listener?.drained()
      },
      close(ws) {
        ws.data.listener?.closed()
      },
      error(error) {
        fault(error)
      },
    },
  })
  return { port: server.port ?? port, finish: () => server.stop(false), stop: () => server.stop(true) }
}

function isSocketRequest(request: Request): boolean {
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return false
  return new URL(request.url).pathname === SOCKET_PATH
}

function whyNotListening({ host, port }: ServerOptions, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is taken on ${host}. Stop the program that uses it, or set PARLEY_PORT to another port.`
    case 'EACCES':
      return `Port ${port} may not be opened by this user. Set PARLEY_PORT to 1024 or more.`
    default:
      return `Cannot listen on ${host}:${port} (${error instanceof Error ? error.message : String(error)}). Check PARLEY_HOST and PARLEY_PORT.`
  }
}
