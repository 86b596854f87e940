import { afterAll, beforeAll, expect, test } from 'bun:test'
import { CLOSE_CODES, type ClientFrame, newId, PROTOCOL_VERSION, type RoomId, type ServerFrame } from '@parley/protocol'
import { startServer, stopServers, type TestServer } from './support/harness.ts'

// A client that knows nothing but docs/wire-protocol.md: no SDK, only HTTP and a WebSocket.

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(stopServers)

test('[H1] [E3] the conversation of the document: enter, open, post, break, resume by the cursor', async () => {
  const ann = await enters('Ann')
  const made = await asks(ann, 'commands/create-room', { name: 'Conversation' })
  const { roomId } = (await made.json()) as { roomId: RoomId }

  const bob = await enters('Bob')
  const line = await dials(bob)
  line.says({ type: 'hello', protocol: PROTOCOL_VERSION })
  const welcome = await line.hears('welcome')
  expect(welcome).toMatchObject({ protocol: PROTOCOL_VERSION, rooms: [], seq: 0 })

  const entering = newId<never>()
  line.says({ type: 'command', id: entering, name: 'enter-room', input: { roomId } })
  expect(await line.hears('reply')).toMatchObject({ id: entering, output: { roomId, seq: 3 } })
  line.says({ type: 'open', place: { kind: 'room', roomId } })

  const reset = await line.hears('reset')
  expect(reset).toMatchObject({ seq: 3, snapshot: { room: { name: 'Conversation' }, memberCount: 2 } })
  expect((await line.hears('opened')).seq).toBe(3)

  const posting = newId<never>()
  line.says({ type: 'command', id: posting, name: 'post-message', input: { roomId, body: 'hello' } })
  const posted = await line.hears('reply')
  expect(posted).toMatchObject({ id: posting, output: { number: 1, seq: 4 } })
  const live = await line.hears('events')
  expect(live.stream).toBe(`room:${roomId}` as never)
  expect(live.events[0]).toMatchObject({ type: 'message-posted', seq: 4, posted: { number: 1, body: 'hello' } })

  line.says({ type: 'command', id: posting, name: 'post-message', input: { roomId, body: 'hello' } })
  expect(await line.hears('reply')).toEqual(posted)
  line.hangsUp()

  const { messageId } = posted.output as { messageId: string }
  await asks(bob, 'commands/edit-message', { roomId, messageId, body: 'hello there' })
  const again = await dials(bob)
  again.says({ type: 'hello', protocol: PROTOCOL_VERSION })
  const { epoch } = await again.hears('welcome')
  again.says({ type: 'open', place: { kind: 'room', roomId }, epoch, cursor: 3 })
  const missed = await again.hears('events')
  expect(missed.events.map((event) => event.seq)).toEqual([4, 5])
  expect(missed.events[0]).not.toHaveProperty('message')
  expect(missed.events[1]).toMatchObject({ type: 'message-edited', message: { body: 'hello there', version: 5 } })
  expect((await again.hears('opened')).seq).toBe(5)

  await asks(ann, 'commands/close-room', { roomId })
  expect(await again.hears('closed')).toMatchObject({ code: 'room-closed', place: { kind: 'room', roomId } })
  again.says({ type: 'command', id: newId<never>(), name: 'post-message', input: { roomId, body: 'late' } })
  expect((await again.hears('refusal')).code).toBe('room-closed')
  again.hangsUp()
}, 30_000)

test('[X1] over HTTP a refusal is a problem document', async () => {
  const ann = await enters('Problem Ann')
  const answer = await asks(ann, 'commands/post-message', { roomId: newId(), body: 'hello' })
  expect(answer.status).toBe(404)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  expect(await answer.json()).toMatchObject({ code: 'room-not-found', title: 'room-not-found', status: 404 })
})

test('[X3] the close codes of the document: another version, and no frame of the protocol', async () => {
  const ann = await enters('Closing Ann')
  const newer = await dials(ann)
  newer.says({ type: 'hello', protocol: PROTOCOL_VERSION + 1 })
  expect(await newer.closed).toBe(CLOSE_CODES['protocol-unsupported'].code)
  const odd = await dials(ann)
  odd.says({ type: 'nonsense' } as never)
  expect(await odd.closed).toBe(CLOSE_CODES['malformed-frame'].code)
})

async function enters(name: string): Promise<string> {
  const answer = await fetch(`${server.url}/api/commands/enter`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': newId() },
    body: JSON.stringify({ name, secret: 'sixteen characters or more' }),
  })
  const { token } = (await answer.json()) as { token: string }
  return token
}

function asks(token: string, path: string, input: object): Promise<Response> {
  return fetch(`${server.url}/api/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'idempotency-key': newId() },
    body: JSON.stringify(input),
  })
}

/** Of the person's own stream. */
const isOwn = (frame: ServerFrame): boolean => frame.type === 'events' && frame.stream.startsWith('user:')

interface Line {
  says(frame: ClientFrame): void
  /** The next frame of this type; replies and events come in no order that is promised. */
  hears<Type extends ServerFrame['type']>(type: Type): Promise<Extract<ServerFrame, { type: Type }>>
  hangsUp(): void
  readonly closed: Promise<number>
}

async function dials(token: string): Promise<Line> {
  const options = { headers: { authorization: `Bearer ${token}` } }
  // as: browsers' types know no second argument of this shape; it is Bun's.
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/socket`, options as unknown as string[])
  const frames: ServerFrame[] = []
  let changed = () => {}
  socket.addEventListener('message', ({ data }) => {
    frames.push(JSON.parse(String(data)) as ServerFrame) // as: what the document describes
    changed()
  })
  const closed = new Promise<number>((resolve) => socket.addEventListener('close', ({ code }) => resolve(code)))
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve)
    socket.addEventListener('error', reject)
  })
  return {
    says: (frame) => socket.send(JSON.stringify(frame)),
    async hears(type) {
      for (;;) {
        const index = frames.findIndex((frame) => frame.type === type && !isOwn(frame))
        const [found] = index === -1 ? [] : frames.splice(index, 1)
        if (found) return found as never // as: just compared
        await new Promise<void>((resolve) => {
          changed = resolve
        })
      }
    },
    hangsUp: () => socket.close(),
    closed,
  }
}
