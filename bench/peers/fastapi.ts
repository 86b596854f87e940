import { Database } from 'bun:sqlite'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from '../lib/server-process.ts'
import type { Peer } from './peer.ts'
import { debianVersion, startPeer } from './peer-process.ts'

/** Debian's, whatever else is called python3. */
const python = '/usr/bin/python3'
const PACKAGES = ['python3-fastapi', 'python3-uvicorn', 'python3-websockets', 'python3-sqlalchemy']

/** A room server as tutorials write it: each message one commit, each member one `await send`. */
export const fastapi: Peer = {
  name: 'fastapi',
  title: 'FastAPI, SQLite',
  protocol: 'rooms',
  durability: 'D2',
  rate: 8,
  senders: 20,
  missing() {
    try {
      execFileSync(python, ['-c', 'import fastapi, uvicorn, websockets, sqlalchemy'], { stdio: 'ignore' })
      return undefined
    } catch {
      return `Python's packages are not there: apt install ${PACKAGES.join(' ')}`
    }
  },
  version: () => PACKAGES.map((name) => `${name.slice('python3-'.length)} ${debianVersion(name)}`).join(', '),
  start: () =>
    startPeer({
      command: (port, folder) => [
        python,
        join(root, 'bench/peers/fastapi_rooms.py'),
        String(port),
        join(folder, 'chat.db'),
      ],
      storedPosts(folder) {
        const database = new Database(join(folder, 'chat.db'), { readonly: true })
        try {
          const row = database.query<{ count: number }, []>('SELECT count(*) AS count FROM messages').get()
          return row?.count ?? 0
        } finally {
          database.close()
        }
      },
    }),
}
