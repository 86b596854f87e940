import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { newId } from '@parley/protocol'
import { FakeClock } from '../testing/fake-clock.ts'
import { frame, RawSocket } from '../testing/raw-socket.contract.ts'
import { type Peer, post, startTestServer, type TestServer } from '../testing/test-server.contract.ts'

// What a hostile or broken client may send. Each case ends that connection only: a bystander talks on afterwards.

const clock = new FakeClock()
let server: TestServer
let token: string
let bystander: Peer
const sockets: RawSocket[] = []

beforeAll(async () => {
  server = await startTestServer({ clock })
  token = (await server.enter('Mallory')).token
  bystander = await server.guest('Ann')
})
afterAll(async () => {
  const stopping = server.stop()
  const move = setInterval(() => clock.advance(50), 5)
  await stopping
  clearInterval(move)
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  clock.advance(5_000)
  expect((await bystander.asks({ type: 'query', id: newId(), name: 'list-my-rooms', input: {} })).type).toBe('reply')
  expect(server.records).toEqual([])
})

function open(): RawSocket {
  const socket = new RawSocket(server.port)
  sockets.push(socket)
  return socket
}

async function upgraded(): Promise<RawSocket> {
  const socket = open()
  expect(await socket.upgrade({ Authorization: `Bearer ${token}` })).toBe(101)
  return socket
}

async function greeted(): Promise<RawSocket> {
  const socket = await upgraded()
  socket.text({ type: 'hello', protocol: 1 })
  await socket.seesText('"welcome"')
  return socket
}

test.each([
  ['an unmasked frame', frame({ opcode: 1, payload: Buffer.from('{}'), isMasked: false })],
  ['reserved bit 1', frame({ opcode: 1, payload: Buffer.from('{}'), reserved: 4 })],
  ['reserved bit 3', frame({ opcode: 1, payload: Buffer.from('{}'), reserved: 1 })],
  ['opcode 3', frame({ opcode: 3 })],
  ['opcode 11', frame({ opcode: 11 })],
  ['a ping of 126 bytes', frame({ opcode: 9, payload: new Uint8Array(126) })],
  ['a fragmented ping', frame({ opcode: 9, payload: new Uint8Array(4), isFinal: false })],
  ['a continuation of nothing', frame({ opcode: 0, payload: Buffer.from('x') })],
  ['invalid UTF-8', frame({ opcode: 1, payload: Buffer.from([0xc3, 0x28]) })],
  [
    'invalid UTF-8 split over fragments',
    Buffer.concat([
      frame({ opcode: 1, payload: Buffer.from([0x22, 0xe2, 0x82]), isFinal: false }),
      frame({ opcode: 0, payload: Buffer.from([0x22]) }),
    ]),
  ],
])('%s ends the connection', async (_, bytes) => {
  const socket = await greeted()
  socket.write(bytes)
  expect([1002, 1006, 1007, 4100]).toContain(await socket.ended)
})

test.each([[999], [1004], [1005], [1006], [1016], [65_535]])(
  'an illegal close code %i ends the connection',
  async (code) => {
    const socket = await greeted()
    const payload = Buffer.alloc(2)
    payload.writeUInt16BE(code)
    socket.write(frame({ opcode: 8, payload }))
    await socket.ended
  },
)

test('a frame of more than 64 KiB closes with 1009 or at once', async () => {
  const socket = await greeted()
  socket.write(frame({ opcode: 1, payload: new Uint8Array(64 * 1024 + 1).fill(0x20) }))
  expect([1009, 1006]).toContain(await socket.ended)
})

test('fragments that together exceed 64 KiB end the connection', async () => {
  const socket = await greeted()
  socket.write(frame({ opcode: 1, payload: new Uint8Array(40_000).fill(0x20), isFinal: false }))
  socket.write(frame({ opcode: 0, payload: new Uint8Array(40_000).fill(0x20), isFinal: false }))
  expect([1009, 1006]).toContain(await socket.ended)
})

test('one-byte fragments make one message', async () => {
  const socket = await greeted()
  const bytes = Buffer.from(JSON.stringify({ type: 'query', id: 'crumbs', name: 'list-my-rooms', input: {} }))
  const last = bytes.length - 1
  for (const [index, byte] of bytes.entries()) {
    socket.write(frame({ opcode: index === 0 ? 1 : 0, payload: Buffer.from([byte]), isFinal: index === last }))
  }
  await socket.seesText('"crumbs"')
})

test('a message that is never finished keeps nobody else waiting', async () => {
  const socket = await greeted()
  socket.write(frame({ opcode: 1, payload: Buffer.from('{"type":'), isFinal: false }))
})

test('a flood of pings is answered or cut, and nothing else happens', async () => {
  const socket = await greeted()
  const ping = frame({ opcode: 9, payload: new Uint8Array(16) })
  socket.write(Buffer.concat(Array.from({ length: 5_000 }, () => ping)))
  socket.text({ type: 'query', id: 'after-pings', name: 'list-my-rooms', input: {} })
  await Promise.race([socket.seesText('"after-pings"'), socket.ended])
})

test('an upgrade with 2,000 headers is refused', async () => {
  const socket = open()
  const headers = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`X-Header-${index}`, 'x']))
  expect(await socket.upgrade({ Authorization: `Bearer ${token}`, ...headers })).not.toBe(101)
})

test('no hello within five seconds closes with 4001', async () => {
  const socket = await upgraded()
  clock.advance(4_999)
  socket.write(frame({ opcode: 9 }))
  clock.advance(1)
  expect(await socket.ended).toBe(4001)
})

test('another protocol version closes with 4101', async () => {
  const socket = await upgraded()
  socket.text({ type: 'hello', protocol: 2 })
  expect(await socket.ended).toBe(4101)
})

const id = newId()
const room = newId()
test.each([
  ['no JSON', 'hello'],
  ['an array', '[]'],
  ['null', 'null'],
  ['no type', '{}'],
  ['an unknown type', '{"type":"subscribe"}'],
  ['a type that every object has', '{"type":"constructor"}'],
  ['a second hello', '{"type":"hello","protocol":1}'],
  ['JSON 10,000 deep', `${'['.repeat(10_000)}${']'.repeat(10_000)}`],
  ['JSON 10,000 deep and unclosed', '{"a":'.repeat(10_000)],
  ['a command without an id', '{"type":"command","name":"mark-read","input":{}}'],
  ['a command whose id is no UUIDv7', '{"type":"command","id":"1","name":"mark-read","input":{}}'],
  ['a command whose name is a number', `{"type":"command","id":"${id}","name":7,"input":{}}`],
  ['a query with an empty id', '{"type":"query","id":"","name":"list-my-rooms","input":{}}'],
  ['a place of another kind', '{"type":"open","place":{"kind":"attic"}}'],
  ['a cursor as text', `{"type":"open","place":{"kind":"room","roomId":"${room}"},"cursor":"1"}`],
  ['a cursor as fraction', `{"type":"open","place":{"kind":"room","roomId":"${room}"},"cursor":1.5}`],
  ['a cursor of 2^53+1', `{"type":"open","place":{"kind":"room","roomId":"${room}"},"cursor":9007199254740993}`],
  ['a negative cursor', `{"type":"open","place":{"kind":"room","roomId":"${room}"},"cursor":-1}`],
  ['a cursor of null', `{"type":"open","place":{"kind":"room","roomId":"${room}"},"cursor":null}`],
  ['an unknown signal', '{"type":"signal","name":"shout","input":{}}'],
  ['a typing signal without a room', '{"type":"signal","name":"typing","input":{"isTyping":true}}'],
])('%s closes with 4100', async (_, text) => {
  const socket = await greeted()
  socket.text(text)
  expect(await socket.ended).toBe(4100)
})

test('a binary message closes with 4100', async () => {
  const socket = await greeted()
  socket.write(frame({ opcode: 2, payload: Buffer.from('{"type":"pong"}') }))
  expect(await socket.ended).toBe(4100)
})

test('anything before hello closes with 4100', async () => {
  const socket = await upgraded()
  socket.text({ type: 'pong' })
  expect(await socket.ended).toBe(4100)
})

test('input 10,000 deep, with __proto__ or with doubled keys is refused as input, and poisons nothing', async () => {
  const socket = await greeted()
  const deep = `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`
  socket.text(`{"type":"query","id":"deep","name":"get-room","input":${deep}}`)
  await socket.seesText('"deep","code":"invalid-input"')
  socket.text('{"type":"query","id":"proto","name":"get-room","input":{"__proto__":{"roomId":"x"},"isAdmin":true}}')
  await socket.seesText('"proto","code":"invalid-input"')
  expect('roomId' in {}).toBe(false)
  socket.text(
    '{"type":"query","type":"query","id":"a","id":"twice","name":"nonsense","name":"list-my-rooms","input":{}}',
  )
  await socket.seesText('"reply","id":"twice"')
  socket.text('{"type":"query","id":"own","name":"__proto__","input":{}}')
  await socket.seesText('"own","code":"unknown-name"')
})

test('commands beyond the limit are answered busy, and a flood is closed with 4004', async () => {
  const socket = await greeted()
  for (let count = 0; count < 700; count++) {
    socket.text({ type: 'command', id: newId(), name: 'mark-read', input: { roomId: room, number: 1 } })
  }
  expect(await socket.ended).toBe(4004)
  expect(socket.texts.some((text) => text.includes('"code":"busy"') && text.includes('retryAfterMs'))).toBe(true)
})

test('three heartbeats without an answer close with 4002', async () => {
  const socket = await greeted()
  for (let beat = 0; beat < 5; beat++) {
    clock.advance(10_000)
    bystander.send({ type: 'pong' })
    await bystander.asks({ type: 'query', id: newId(), name: 'list-my-rooms', input: {} })
  }
  expect(await socket.ended).toBe(4002)
})

test('[H6] a limit holds per person, over however many connections and over HTTP', async () => {
  const own = await startTestServer({ settings: { PARLEY_LIMITS: 'posts=6/h' } })
  try {
    const ann = await own.guest('Ann')
    const tab = await own.connect(ann.token)
    const roomId = await ann.createsRoom('Room')
    const speak = () => ({ type: 'command', id: newId(), name: 'post-message', input: { roomId, body: 'x' } }) as const
    const overHttp = () =>
      post(`${own.url}/api/commands/post-message`, { roomId, body: 'x' }, { Authorization: `Bearer ${ann.token}` })
    for (const peer of [ann, tab, ann, tab]) expect((await peer.asks(speak() as never)).type).toBe('reply')
    expect((await overHttp()).status).toBe(200)
    for (const peer of [ann, tab]) expect(await peer.asks(speak() as never)).toMatchObject({ code: 'busy' })
    expect((await overHttp()).status).toBe(429)
    const ben = await own.guest('Ben')
    expect(await ben.createsRoom('Another')).toBeString()
  } finally {
    await own.stop()
  }
})

test('[H6] one person has a hundred connections at most, and a new one when another is gone', async () => {
  const own = await startTestServer()
  try {
    const ann = await own.guest('Ann')
    const tabs: Peer[] = []
    for (let count = 1; count < 100; count++) tabs.push(await own.connect(ann.token))
    expect(own.connect(ann.token)).rejects.toThrow('refused')
    expect(await own.guest('Ben')).toBeDefined()
    const [tab] = tabs
    tab?.hangUp()
    await tab?.closed
    const again = async (): Promise<Peer> => own.connect(ann.token).catch(again)
    expect(await again()).toBeDefined()
  } finally {
    await own.stop()
  }
})
