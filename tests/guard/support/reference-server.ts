// The least that a chat server in this runtime does: it reads commands, tells whoever has the room open, and answers. With
// a database it stores each message first, all of a turn in one commit that survives power loss.
// Usage: reference-server.ts PORT [DATABASE]
import { Database } from 'bun:sqlite'
import type { ServerWebSocket } from 'bun'

interface Post {
  readonly socket: ServerWebSocket
  readonly frame: string
  readonly id: string
  readonly roomId: string
  readonly body: string
}

const [port, databasePath] = process.argv.slice(2)
const store = databasePath === undefined ? undefined : openStore(databasePath)
let turn: Post[] = []

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: Number(port),
  fetch: (request, own): Response | undefined => (own.upgrade(request) ? undefined : new Response('a chat server')),
  websocket: { message: (socket, frame) => hear(socket, String(frame)) },
})

function hear(socket: ServerWebSocket, frame: string): void {
  const { type, place, id, input } = JSON.parse(frame)
  if (type === 'hello') socket.send('{"type":"welcome"}')
  if (type === 'open') {
    socket.subscribe(place.roomId)
    socket.send('{"type":"opened"}')
  }
  if (type !== 'command') return
  const post: Post = { socket, frame, id, roomId: input.roomId, body: input.body }
  if (!store) {
    tell(post)
    return
  }
  if (turn.length === 0) setImmediate(commitTurn)
  turn.push(post)
}

function commitTurn(): void {
  const posts = turn
  turn = []
  store?.(posts)
  for (const post of posts) tell(post)
}

function tell({ socket, id, roomId, frame }: Post): void {
  socket.send(`{"type":"reply","id":"${id}","output":{}}`)
  server.publish(roomId, frame)
}

function openStore(path: string): (posts: readonly Post[]) => void {
  const database = new Database(path, { strict: true })
  database.run('PRAGMA journal_mode = WAL')
  database.run('PRAGMA synchronous = FULL')
  database.run('CREATE TABLE messages (id TEXT PRIMARY KEY, room_id TEXT NOT NULL, body TEXT NOT NULL) WITHOUT ROWID')
  const insert = database.prepare('INSERT INTO messages (id, room_id, body) VALUES (?, ?, ?)')
  return database.transaction((posts: readonly Post[]) => {
    for (const { id, roomId, body } of posts) insert.run(id, roomId, body)
  })
}
