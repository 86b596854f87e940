import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { Api, type Guest, inParallel } from '../lib/api.ts'
import { buildNative } from '../lib/native.ts'
import { startServer } from '../lib/server-process.ts'
import type { Peer, PeerServer } from './peer.ts'
import { startPeer } from './peer-process.ts'

/** Parley as shipped, on SQLite with FULL sync, without the limits of a public server. */
export const parley: Peer = {
  name: 'parley',
  title: 'Parley',
  protocol: 'parley',
  durability: 'D2',
  missing: () => undefined,
  version: () => 'this commit',
  start: startParley,
}

/** The references in C, which only forward. */
export const naive: Peer = reference('naive', 'naive C')
export const batched: Peer = reference('batched', 'batched C')

async function startParley(): Promise<PeerServer> {
  const server = await startServer({ core: 0 })
  const api = new Api(server.port)
  let guests: Guest[] = []
  let rooms = 0
  return {
    pids: [server.pid],
    port: server.port,
    async seats(connections) {
      if (guests.length === 0) guests = await api.enterAll(Array.from({ length: connections }, (_, n) => `Member ${n}`))
      const [owner] = guests as [Guest] // as: at least one connection
      const roomId = await api.createRoom(owner, `Fan-out ${++rooms}`)
      await inParallel(guests, 32, (guest) => api.enterRoom(guest, roomId))
      return guests.map(({ token }) => ({ token, room: 0, roomId }))
    },
    storedPosts() {
      const database = new Database(join(server.dataFolder, 'parley.db'), { readonly: true })
      try {
        return database.query<{ count: number }, []>('SELECT count(*) AS count FROM messages').get()?.count ?? 0
      } finally {
        database.close()
      }
    },
    stop: () => server.stop(),
  }
}

function reference(name: 'naive' | 'batched', title: string): Peer {
  return {
    name,
    title,
    protocol: 'parley',
    durability: 'W0',
    missing: () => undefined,
    version: () => buildNative().compiler,
    start: () => startPeer({ command: (port) => [buildNative().reference, name, String(port)] }),
  }
}
