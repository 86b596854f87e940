// Rooms on Socket.IO, as its documentation shows them: everybody in the room gets each message by io.to(room).emit().
// Nothing is stored. Usage: socketio-rooms.mjs PORT
import { createServer } from 'node:http'
import { Server } from 'socket.io'

const http = createServer()
const io = new Server(http, { transports: ['websocket'] })

io.on('connection', (socket) => {
  socket.on('join', ({ room, name }) => {
    socket.data = { room, name }
    socket.join(room)
    socket.emit('joined')
  })
  socket.on('message', ({ body }) => {
    const { room, name } = socket.data
    io.to(room).emit('message', { from: name, body, at: Date.now() })
  })
})

http.listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 })
