import { connect, type Socket } from 'node:net'
import { StartError } from '../start-error.ts'
import { controlPath } from './control-address.ts'

/** A line to the running server of a data folder. */
export interface ControlLine {
  /** Errors: `StartError` with what the server said, or that it is gone. */
  ask(ask: string, more?: Readonly<Record<string, unknown>>): Promise<unknown>
  close(): void
}

/** Undefined when no server listens there. */
export async function callServer(dataFolder: string): Promise<ControlLine | undefined> {
  const socket = await connected(controlPath(dataFolder))
  return socket && lineOver(socket)
}

function connected(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => resolve(undefined))
  })
}

function lineOver(socket: Socket): ControlLine {
  let text = ''
  const waiting: { resolve: (answer: unknown) => void; reject: (error: Error) => void }[] = []
  socket.setEncoding('utf8')
  socket.on('error', () => socket.destroy())
  socket.on('data', (more: string) => {
    text += more
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
      const said: { ok: boolean; answer?: unknown; error?: string } = JSON.parse(text.slice(0, end))
      text = text.slice(end + 1)
      const next = waiting.shift()
      if (said.ok) next?.resolve(said.answer)
      else next?.reject(new StartError(said.error ?? 'The server could not do it.'))
    }
  })
  const gone = () =>
    new StartError('The server ended meanwhile. Start it and say the same again: it goes on where it stopped.')
  socket.on('close', () => {
    for (const { reject } of waiting.splice(0)) reject(gone())
  })
  return {
    ask(ask, more = {}) {
      if (socket.destroyed) return Promise.reject(gone())
      return new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        socket.write(`${JSON.stringify({ ...more, ask })}\n`)
      })
    },
    close: () => socket.destroy(),
  }
}
