import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { bun, root } from '../lib/server-process.ts'
import type { Peer } from './peer.ts'
import { missingFile, startPeer } from './peer-process.ts'

const require = createRequire(import.meta.url)

export const wsOnNode: Peer = javascriptPeer({
  name: 'ws',
  title: 'ws on Node',
  protocol: 'rooms',
  runtime: 'node',
  file: 'ws-rooms.mjs',
  module: 'ws',
})

export const wsOnBun: Peer = javascriptPeer({
  name: 'ws-bun',
  title: 'ws on Bun',
  protocol: 'rooms',
  runtime: 'bun',
  file: 'ws-rooms.mjs',
  module: 'ws',
})

export const socketIo: Peer = javascriptPeer({
  name: 'socketio',
  title: 'Socket.IO on Node',
  protocol: 'socketio',
  runtime: 'node',
  file: 'socketio-rooms.mjs',
  module: 'socket.io',
})

interface JavascriptPeer extends Pick<Peer, 'name' | 'title' | 'protocol'> {
  readonly runtime: 'node' | 'bun'
  readonly file: string
  readonly module: string
}

function javascriptPeer({ runtime, file, module, ...known }: JavascriptPeer): Peer {
  const program = runtime === 'bun' ? bun : 'node'
  return {
    ...known,
    durability: 'W0',
    missing() {
      if (!runtimeVersion(program)) return `${program} does not run: install Node`
      return missingFile(join(root, 'node_modules', module, 'package.json'), 'npm install')
    },
    version() {
      const { version } = require(`${module}/package.json`) as { version: string } // as: every package has one
      // Bun answers for the package ws with sockets of its own.
      const what = runtime === 'bun' ? '' : `${version}, `
      return `${what}${runtime === 'bun' ? 'Bun' : 'Node'} ${runtimeVersion(program)}`
    },
    start: () =>
      startPeer({
        command: (port) => [program, join(root, 'bench/peers', file), String(port)],
        environment: () => ({ NODE_ENV: 'production' }),
      }),
  }
}

function runtimeVersion(program: string): string | undefined {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8' }).trim().replace(/^v/, '')
  } catch {
    return undefined
  }
}
