import { chmodSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { controlPath, newControlPath } from './control-address.ts'

/** Answers one ask; what it throws is told to the asker. `ended` resolves when the asker is gone. */
export type Answerer = (ask: Ask, ended: Promise<void>) => Promise<unknown>

export interface Ask {
  readonly ask: string
  readonly [more: string]: unknown
}

export interface ControlServer {
  close(): Promise<void>
}

const LONGEST_ASK = 64 * 1024

/** Listens on the data folder's control socket, which nobody but the folder's owner can open. One JSON line asks, one answers. */
export async function openControl(dataFolder: string, answer: Answerer): Promise<ControlServer> {
  const path = await newControlPath(dataFolder)
  // Whoever holds the data folder's lock may take what a killed one left.
  rmSync(path, { force: true })
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    serve(socket, answer)
  })
  const before = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
  } finally {
    process.umask(before)
  }
  chmodSync(path, 0o600)
  server.unref()
  return {
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      rmSync(path, { force: true })
      if (path !== controlPath(dataFolder)) return
      if (!dirname(path).startsWith(dataFolder)) rmSync(dirname(path), { recursive: true, force: true })
    },
  }
}

function serve(socket: Socket, answer: Answerer): void {
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  socket.on('error', () => socket.destroy())
  socket.setEncoding('utf8')
  let text = ''
  let turn = Promise.resolve()
  socket.on('data', (more: string) => {
    text += more
    if (text.length > LONGEST_ASK) socket.destroy()
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
      const line = text.slice(0, end)
      text = text.slice(end + 1)
      turn = turn.then(async () => {
        const said = await reply(line, answer, ended)
        if (!socket.destroyed) socket.write(`${JSON.stringify(said)}\n`)
      })
    }
  })
}

async function reply(line: string, answer: Answerer, ended: Promise<void>): Promise<object> {
  try {
    const ask: unknown = JSON.parse(line)
    if (typeof ask !== 'object' || ask === null || !('ask' in ask) || typeof ask.ask !== 'string') {
      throw new Error('Nothing was asked.')
    }
    return { ok: true, answer: await answer({ ...ask, ask: ask.ask }, ended) }
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) }
  }
}
