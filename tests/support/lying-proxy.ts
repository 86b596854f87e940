import type { ClientFrame, ServerFrame } from '@parley/protocol'
import type { Server, ServerWebSocket } from 'bun'

/** A server that breaks its promises, made of one that keeps them. What is absent passes as it is. */
export interface Lie {
  /** What a connection is told instead of a frame of the server. */
  readonly tells?: (frame: ServerFrame, to: Told) => readonly ServerFrame[]
  /** What the server hears instead of a frame of a client. */
  readonly hears?: (frame: ClientFrame, from: Told) => readonly ClientFrame[]
  /** What is answered over HTTP instead. */
  readonly answers?: (path: string, body: unknown) => unknown
}

/** A connection, as the liar sees it. */
export interface Told {
  /** Who is signed in on it; empty before the welcome. */
  readonly name: string
  /** Says something to it out of turn. */
  say(frame: ServerFrame): void
  /** Every connection there is now. */
  readonly all: ReadonlySet<Told>
}

export interface LyingProxy {
  readonly url: string
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

interface Link {
  readonly authorization: string
  upstream: WebSocket | undefined
  readonly early: string[]
  told: Told | undefined
}

/** Passes requests and sockets on to the server at `url`, and what comes back through `lie`. */
export function startLyingProxy(url: string, lie: Lie): LyingProxy {
  const all = new Set<Told>()
  const server: Server<Link> = Bun.serve<Link>({
    port: 0,
    hostname: '127.0.0.1',
    async fetch(request, self) {
      const path = new URL(request.url).pathname
      if (request.headers.get('upgrade') === 'websocket') {
        const authorization = request.headers.get('authorization') ?? ''
        const data: Link = { authorization, upstream: undefined, early: [], told: undefined }
        return self.upgrade(request, { data }) ? undefined : new Response(null, { status: 400 })
      }
      return passOn(url, path, request, lie)
    },
    websocket: {
      open: (socket) => connect(url, socket, { lie, all }),
      message: (socket, text) => {
        const { upstream, told, early } = socket.data
        const frame = JSON.parse(String(text)) as ClientFrame // as: our own client encoded it
        const frames = (told && lie.hears?.(frame, told)) ?? [frame]
        for (const one of frames.map((other) => JSON.stringify(other))) {
          if (upstream?.readyState === WebSocket.OPEN) upstream.send(one)
          else early.push(one)
        }
      },
      close: (socket) => {
        if (socket.data.told) all.delete(socket.data.told)
        socket.data.upstream?.close()
      },
    },
  })
  const stop = () => server.stop(true)
  return { url: `http://127.0.0.1:${server.port}`, stop, [Symbol.asyncDispose]: stop }
}

function connect(url: string, socket: ServerWebSocket<Link>, { lie, all }: { lie: Lie; all: Set<Told> }): void {
  const { authorization, early } = socket.data
  const say = (frame: ServerFrame) => socket.send(JSON.stringify(frame))
  const told: { name: string } & Told = { name: '', say, all }
  all.add(told)
  socket.data.told = told
  // as: Bun's own second argument, which browsers' types do not know
  const upstream = new WebSocket(url.replace(/^http/, 'ws').concat('/socket'), { headers: { authorization } } as never)
  socket.data.upstream = upstream
  upstream.onopen = () => {
    for (const text of early.splice(0)) upstream.send(text)
  }
  upstream.onmessage = ({ data }) => {
    const frame = JSON.parse(String(data)) as ServerFrame // as: a frame of the real server
    if (frame.type === 'welcome') told.name = frame.user.displayName
    for (const one of lie.tells?.(frame, told) ?? [frame]) say(one)
  }
  upstream.onclose = ({ code }) => socket.close(code >= 3000 || code === 1000 ? code : 1012)
}

async function passOn(url: string, path: string, request: Request, lie: Lie): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.delete('host')
  const response = await fetch(`${url}${path}`, {
    method: request.method,
    headers,
    ...(request.method === 'POST' ? { body: await request.text() } : {}),
  })
  const text = await response.text()
  const isLie = response.ok && lie.answers !== undefined && path.startsWith('/api/')
  const body = isLie ? JSON.stringify(lie.answers?.(path, JSON.parse(text))) : text
  const type = response.headers.get('content-type') ?? 'application/json'
  return new Response(body, { status: response.status, headers: { 'content-type': type } })
}
