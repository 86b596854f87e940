import { newId, PROTOCOL_VERSION } from '@parley/protocol'
import { frame, type RawSocket } from '../../apps/server/src/testing/raw-socket.contract.ts'

/**
 * How a server ended it: a close code; `cut`, the connection without one; an HTTP status; `goes on`, nothing at all; or what
 * it said before it went on.
 */
export type Answer = number | `HTTP ${number}` | 'cut' | 'goes on' | `goes on: ${string}`

/** Something a client must not do, and what comes of it. `docs/hostile-input.md` is made from this list. */
export interface Abuse {
  readonly name: string
  /** How far the connection has come before. */
  readonly after: 'connecting' | 'upgrade' | 'welcome'
  readonly group: string
  does(line: RawSocket, token: string): void | Promise<void>
  readonly answer: Answer
  /** Who answers: the runtime's own WebSocket and HTTP, or Parley. */
  readonly by: 'Bun' | 'Parley'
  /** Seconds that it takes by its nature. */
  readonly takesS?: number
  /** What follows from it, where the answer alone does not tell. */
  readonly note?: string
}

const text = (words: string) => (line: RawSocket) => line.text(words)
const bytes =
  (...frames: readonly Uint8Array[]) =>
  (line: RawSocket) =>
    line.write(Buffer.concat(frames))
const request = (head: string) => (line: RawSocket) => line.write(Buffer.from(head))

const FRAMES: readonly Omit<Abuse, 'group' | 'after'>[] = [
  {
    name: 'unmasked frame',
    does: bytes(frame({ opcode: 1, payload: Buffer.from('{}'), isMasked: false })),
    answer: 1002,
    by: 'Bun',
  },
  {
    name: 'reserved bit 1 (compressed, though not agreed on)',
    does: bytes(frame({ opcode: 1, payload: Buffer.from('{}'), reserved: 4 })),
    answer: 1002,
    by: 'Bun',
  },
  {
    name: 'reserved bit 2',
    does: bytes(frame({ opcode: 1, payload: Buffer.from('{}'), reserved: 2 })),
    answer: 1002,
    by: 'Bun',
  },
  {
    name: 'reserved bit 3',
    does: bytes(frame({ opcode: 1, payload: Buffer.from('{}'), reserved: 1 })),
    answer: 1002,
    by: 'Bun',
  },
  { name: 'opcode 3', does: bytes(frame({ opcode: 3 })), answer: 1002, by: 'Bun' },
  { name: 'opcode 7', does: bytes(frame({ opcode: 7 })), answer: 1002, by: 'Bun' },
  { name: 'opcode 11', does: bytes(frame({ opcode: 11 })), answer: 1002, by: 'Bun' },
  { name: 'opcode 15', does: bytes(frame({ opcode: 15 })), answer: 1002, by: 'Bun' },
  {
    name: 'ping of 126 bytes',
    does: bytes(frame({ opcode: 9, payload: new Uint8Array(126) })),
    answer: 1002,
    by: 'Bun',
  },
  {
    name: 'close frame of 126 bytes',
    does: bytes(frame({ opcode: 8, payload: new Uint8Array(126).fill(0x30) })),
    answer: 1002,
    by: 'Bun',
  },
  {
    name: 'fragmented ping',
    does: bytes(frame({ opcode: 9, payload: new Uint8Array(4), isFinal: false })),
    answer: 1002,
    by: 'Bun',
  },
  {
    name: 'continuation of nothing',
    does: bytes(frame({ opcode: 0, payload: Buffer.from('x') })),
    answer: 1002,
    by: 'Bun',
  },
  {
    name: 'second message within an unfinished one',
    does: bytes(
      frame({ opcode: 1, payload: Buffer.from('{'), isFinal: false }),
      frame({ opcode: 1, payload: Buffer.from('}') }),
    ),
    answer: 1002,
    by: 'Bun',
  },
  { name: 'close code 999', does: bytes(closing(999)), answer: 1002, by: 'Bun' },
  { name: 'close code 1005', does: bytes(closing(1005)), answer: 1002, by: 'Bun' },
  { name: 'close code 1006', does: bytes(closing(1006)), answer: 1002, by: 'Bun' },
  { name: 'close code 65535', does: bytes(closing(65_535)), answer: 1002, by: 'Bun' },
  {
    name: 'close frame of one byte',
    does: bytes(frame({ opcode: 8, payload: new Uint8Array(1) })),
    answer: 1002,
    by: 'Bun',
  },
  {
    name: 'invalid UTF-8',
    does: bytes(frame({ opcode: 1, payload: Buffer.from([0x22, 0xc3, 0x28, 0x22]) })),
    answer: 1007,
    by: 'Bun',
  },
  {
    name: 'invalid UTF-8 split over fragments',
    does: bytes(
      frame({ opcode: 1, payload: Buffer.from([0x22, 0xe2, 0x82]), isFinal: false }),
      frame({ opcode: 0, payload: Buffer.from([0x22]) }),
    ),
    answer: 1007,
    by: 'Bun',
  },
  {
    name: '4,000 one-byte fragments of a message',
    does: bytes(...fragments(`{"type":"query","id":"crumbs","name":"list-my-rooms","input":{}}${' '.repeat(4_000)}`)),
    answer: 'goes on: "reply","id":"crumbs"',
    by: 'Parley',
    note: 'They are one message, and count as one.',
  },
  {
    name: '100,000 empty fragments',
    does: (line) => {
      line.write(frame({ opcode: 1, payload: Buffer.from('['), isFinal: false }))
      const nothing = frame({ opcode: 0, isFinal: false })
      line.write(Buffer.concat(Array.from({ length: 100_000 }, () => nothing)))
    },
    answer: 'goes on',
    by: 'Bun',
    note: 'Nothing grows by them.',
  },
  {
    name: 'message that is never finished',
    does: bytes(frame({ opcode: 1, payload: Buffer.from('{"type":'), isFinal: false })),
    answer: 'goes on',
    by: 'Bun',
    note: 'At most 64 KiB wait; without heartbeats answered the connection ends as a half-open one.',
  },
  {
    name: 'frame header that announces 2^62 bytes',
    does: bytes(Buffer.from([0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4])),
    answer: 1009,
    by: 'Bun',
  },
  {
    name: 'payload of 64 KiB and a byte',
    does: bytes(frame({ opcode: 1, payload: blank(64 * 1024 + 1) })),
    answer: 1009,
    by: 'Bun',
  },
  {
    name: 'fragments that exceed 64 KiB together',
    does: bytes(
      frame({ opcode: 1, payload: blank(40_000), isFinal: false }),
      frame({ opcode: 0, payload: blank(40_000), isFinal: false }),
    ),
    answer: 1009,
    by: 'Bun',
  },
  {
    name: '50,000 pings at once',
    does: (line) => {
      const ping = frame({ opcode: 9, payload: new Uint8Array(16) })
      line.write(Buffer.concat(Array.from({ length: 50_000 }, () => ping)))
    },
    answer: 'goes on',
    by: 'Bun',
    note: 'Each is answered while it is read.',
  },
  {
    name: 'binary message',
    does: bytes(frame({ opcode: 2, payload: Buffer.from('{"type":"pong"}') })),
    answer: 4100,
    by: 'Parley',
  },
]

const id = newId()
const ROOM = `{"kind":"room","roomId":"${newId()}"}`
const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`

const MESSAGES: readonly Omit<Abuse, 'group' | 'after'>[] = [
  { name: 'no JSON', does: text('hello'), answer: 4100, by: 'Parley' },
  { name: 'array 10,000 deep', does: text(`${'['.repeat(10_000)}${']'.repeat(10_000)}`), answer: 4100, by: 'Parley' },
  { name: 'object 10,000 deep that never ends', does: text('{"a":'.repeat(10_000)), answer: 4100, by: 'Parley' },
  {
    name: 'input 9,000 deep',
    does: text(`{"type":"query","id":"deep","name":"get-room","input":${deep(9_000)}}`),
    answer: 'goes on: "deep","code":"invalid-input"',
    by: 'Parley',
  },
  {
    name: '`__proto__` as a key',
    does: text('{"type":"query","id":"proto","name":"get-room","input":{"__proto__":{"roomId":"x"}}}'),
    answer: 'goes on: "proto","code":"invalid-input"',
    by: 'Parley',
    note: 'A key like any other; nothing inherits from it.',
  },
  {
    name: '`__proto__` as a name',
    does: text('{"type":"query","id":"own","name":"__proto__","input":{}}'),
    answer: 'goes on: "own","code":"unknown-name"',
    by: 'Parley',
  },
  { name: '`constructor` as a type', does: text('{"type":"constructor"}'), answer: 4100, by: 'Parley' },
  {
    name: 'duplicate keys',
    does: text('{"type":"query","id":"a","id":"twice","name":"nonsense","name":"list-my-rooms","input":{}}'),
    answer: 'goes on: "reply","id":"twice"',
    by: 'Parley',
    note: 'The last one counts, for every part of the server alike: it is parsed once.',
  },
  { name: 'seq as a string', does: text(`{"type":"open","place":${ROOM},"cursor":"1"}`), answer: 4100, by: 'Parley' },
  { name: 'seq as a fraction', does: text(`{"type":"open","place":${ROOM},"cursor":1.5}`), answer: 4100, by: 'Parley' },
  {
    name: 'seq of 2^53 + 1',
    does: text(`{"type":"open","place":${ROOM},"cursor":9007199254740993}`),
    answer: 4100,
    by: 'Parley',
  },
  { name: 'seq of 1e999', does: text(`{"type":"open","place":${ROOM},"cursor":1e999}`), answer: 4100, by: 'Parley' },
  { name: 'negative seq', does: text(`{"type":"open","place":${ROOM},"cursor":-1}`), answer: 4100, by: 'Parley' },
  {
    name: 'command id that is no UUIDv7',
    does: text('{"type":"command","id":"1","name":"mark-read","input":{}}'),
    answer: 4100,
    by: 'Parley',
  },
  { name: 'second hello', does: text(`{"type":"hello","protocol":${PROTOCOL_VERSION}}`), answer: 4100, by: 'Parley' },
  {
    name: '1,500 commands at once',
    does: (line) => {
      for (let count = 0; count < 1_500; count++)
        line.text({ type: 'command', id: newId(), name: 'mark-read', input: { roomId: id, number: 1 } })
    },
    answer: 4004,
    by: 'Parley',
    note: 'Beyond the limits they are answered `busy`; 500 of those in ten seconds close.',
  },
  { name: 'heartbeats never answered (half-open peer)', does: () => {}, answer: 4002, by: 'Parley', takesS: 45 },
]

const UPGRADES: readonly Omit<Abuse, 'group'>[] = [
  {
    name: 'upgrade with 2,000 headers',
    after: 'connecting',
    does: async (line, token) => {
      const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`X-Header-${index}`, 'x']))
      await line.upgrade({ Authorization: `Bearer ${token}`, ...many })
    },
    answer: 'HTTP 431',
    by: 'Bun',
  },
  {
    name: 'header of 1 MiB',
    after: 'connecting',
    does: request(`GET /socket HTTP/1.1\r\nHost: localhost\r\nX-Long: ${'x'.repeat(1024 * 1024)}\r\n\r\n`),
    answer: 'HTTP 431',
    by: 'Bun',
  },
  {
    name: 'path of 1 MiB',
    after: 'connecting',
    does: request(`GET /${'x'.repeat(1024 * 1024)} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
    answer: 'HTTP 431',
    by: 'Bun',
  },
  {
    name: 'no HTTP at all',
    after: 'connecting',
    does: request('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n'),
    answer: 'HTTP 400',
    by: 'Bun',
  },
  {
    name: 'Content-Length and Transfer-Encoding together',
    after: 'connecting',
    does: request(
      'POST /api/commands/enter HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ),
    answer: 'HTTP 400',
    by: 'Bun',
  },
  {
    name: 'upgrade without a key',
    after: 'connecting',
    does: (line, token) =>
      line.write(
        Buffer.from(
          `GET /socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer ${token}\r\n\r\n`,
        ),
      ),
    answer: 'HTTP 426',
    by: 'Parley',
  },
  {
    name: 'upgrade without a session',
    after: 'connecting',
    does: async (line) => {
      await line.upgrade({ Authorization: 'Bearer nobody' })
    },
    answer: 'HTTP 401',
    by: 'Parley',
  },
  {
    name: 'header that never ends',
    after: 'connecting',
    does: request('GET /socket HTTP/1.1\r\nHost: local'),
    answer: 'cut',
    by: 'Bun',
    takesS: 25,
    note: 'After 15 s without a byte.',
  },
  { name: 'no hello within 5 s', after: 'upgrade', does: () => {}, answer: 4001, by: 'Parley', takesS: 10 },
  { name: 'anything before hello', after: 'upgrade', does: text('{"type":"pong"}'), answer: 4100, by: 'Parley' },
  {
    name: 'another protocol version',
    after: 'upgrade',
    does: text('{"type":"hello","protocol":9999}'),
    answer: 4101,
    by: 'Parley',
  },
]

export const ABUSES: readonly Abuse[] = [
  ...UPGRADES.map((abuse) => ({ ...abuse, group: 'Connecting' })),
  ...FRAMES.map((abuse) => ({ ...abuse, group: 'Frames', after: 'welcome' as const })),
  ...MESSAGES.map((abuse) => ({ ...abuse, group: 'Messages', after: 'welcome' as const })),
]

function closing(code: number): Buffer {
  const payload = Buffer.alloc(2)
  payload.writeUInt16BE(code)
  return frame({ opcode: 8, payload })
}

function fragments(words: string): Buffer[] {
  const all = Buffer.from(words)
  return [...all].map((byte, index) =>
    frame({ opcode: index === 0 ? 1 : 0, payload: Buffer.from([byte]), isFinal: index === all.length - 1 }),
  )
}

function blank(length: number): Uint8Array {
  return new Uint8Array(length).fill(0x20)
}
