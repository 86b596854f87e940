// Rooms on the package ws, as its documentation shows a broadcast: everybody in the room gets each message with a loop of
// send(). Nothing is stored. Usage: ws-rooms.mjs PORT
import { WebSocket, WebSocketServer } from 'ws'

const rooms = new Map()
const server = new WebSocketServer({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 })

server.on('connection', (socket, request) => {
  const [, , roomName, name] = request.url.split('/')
  const room = rooms.get(roomName) ?? new Set()
  rooms.set(roomName, room)
  room.add(socket)
  socket.send(JSON.stringify({ type: 'joined' }))

  socket.on('message', (data) => {
    const { body } = JSON.parse(data)
    const message = JSON.stringify({ type: 'message', from: name, body, at: Date.now() })
    for (const member of room) {
      if (member.readyState === WebSocket.OPEN) member.send(message)
    }
  })

  socket.on('close', () => {
    room.delete(socket)
    if (room.size === 0) rooms.delete(roomName)
  })
})
