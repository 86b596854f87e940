import { connect } from 'node:net'
import { freePort } from './free-port.ts'
import { programPath } from './programs.ts'
import { dieWithParent, ownFolder, type Service, startService } from './service.ts'

/** A Redis (or Valkey) of one's own on a free loopback port, which keeps nothing on disk: restarted, it is empty. */
export type Redis = Service & {
  readonly url: string
  readonly port: number
}

type RedisOptions = {
  readonly password?: string
  /** An address of this machine to listen on as well. */
  readonly also?: string
}

const startLimitMs = 10_000

export async function startRedis({ password, also }: RedisOptions = {}): Promise<Redis> {
  const program = programPath('redis')
  const folder = ownFolder('redis')
  const port = await freePort()
  const listening = ['--port', String(port), '--bind', '127.0.0.1']
  const settings = [
    ...(also === undefined ? listening : [...listening, also, '--protected-mode', 'no']),
    ...['--save', '', '--appendonly', 'no'],
    ...(password === undefined ? [] : ['--requirepass', password]),
  ]
  const service = await startService({
    name: 'Redis',
    folder,
    command: [...dieWithParent(), program, ...settings],
    gently: 'SIGTERM',
    startLimitMs,
    isReady: () => answers(port),
  })
  return {
    ...service,
    url: password === undefined ? `redis://127.0.0.1:${port}` : `redis://:${password}@127.0.0.1:${port}`,
    port,
  }
}

/** `PING` is answered by a server that is ready; one that wants a password first says so, and is ready too. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    const done = (isReady: boolean) => {
      socket.destroy()
      resolve(isReady)
    }
    socket.setTimeout(1_000, () => done(false))
    socket.on('error', () => done(false))
    socket.on('data', (data) => done(/^(\+PONG|-NOAUTH)/.test(data.toString())))
  })
}
