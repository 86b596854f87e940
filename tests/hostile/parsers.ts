import { bodyProblem, cleanBody, cleanName, isEmoji, isVisible, newId, UUID_V7 } from '@parley/protocol'
import { clientFrame, queries } from '@parley/protocol/schemas'

/** What reads something that a stranger has written, and the laws that hold for whatever it is given. */
export interface Parser {
  readonly name: string
  /** Where it lies, from the root. */
  readonly files: readonly string[]
  /** The longest text that reaches it, in UTF-16 units. */
  readonly limit: number
  readonly seeds: readonly string[]
  /** What is worth putting in. */
  readonly words: readonly string[]
  /** Parses and throws when a law is broken. */
  parse(text: string): void
}

/** Loaded when asked, so that the fuzzer can count what is reached in them. */
export async function loadParsers(): Promise<readonly Parser[]> {
  return [await frames(), await links(), await texts(), await places()]
}

const id = newId()
const NUMBERS = ['0', '-1', '1.5', '9007199254740993', '1e999', '"1"', 'null', 'true', '[]', '{}', '""', '-0', '1E400']

async function frames(): Promise<Parser> {
  const file = 'apps/server/src/sockets/decode-frame.ts'
  const { decodeFrame } = await import('../../apps/server/src/sockets/decode-frame.ts')
  const room = { kind: 'room', roomId: id }
  const seeds = [
    { type: 'hello', protocol: 1, build: 'x', withdraws: true },
    { type: 'open', place: room, epoch: 'e', cursor: 7 },
    { type: 'open', place: { kind: 'lobby' } },
    { type: 'close' },
    { type: 'command', id, name: 'post-message', input: { roomId: id, body: 'hello' } },
    { type: 'withdraw', id },
    { type: 'query', id: 'q', name: 'list-messages', input: { roomId: id, before: 3, limit: 50 } },
    { type: 'signal', name: 'typing', input: { roomId: id, isTyping: true } },
    { type: 'pong' },
  ].map((frame) => JSON.stringify(frame))
  const keys = ['type', 'id', 'name', 'input', 'place', 'kind', 'roomId', 'cursor', 'epoch', 'protocol', '__proto__']
  return {
    name: 'frames',
    files: [file, 'packages/protocol/src/frames.ts'],
    limit: 65_536,
    seeds,
    words: [
      ...NUMBERS,
      ...keys.flatMap((key) => [`"${key}":`, `,"${key}":null`]),
      ...[
        'command',
        'query',
        'pong',
        'open',
        'close',
        'signal',
        'hello',
        'withdraw',
        'constructor',
        'toString',
        'room',
      ].map((word) => `"${word}"`),
      ...['{', '}', '[', ']', ',', ':', '"', '\\u0000', '\\ud800', '\u2028', '[[[[[[[[', '{"a":{"a":{"a":', `"${id}"`],
    ],
    parse(text) {
      const frame = decodeFrame(text)
      const wanted = clientFrame.safeParse(jsonOf(text)).data
      const isAlike = JSON.stringify(frame) === JSON.stringify(wanted)
      broken(!isAlike && `judged as ${JSON.stringify(frame)}, by the schema as ${JSON.stringify(wanted)}`)
      broken(frame !== undefined && Object.getPrototypeOf(frame) !== Object.prototype && 'a frame of a strange kind')
      broken('polluted' in {} && 'Object.prototype was changed')
    },
  }
}

async function links(): Promise<Parser> {
  const { linkify } = await import('../../apps/web/src/room/linkify.ts')
  const { isEmojiOnly } = await import('../../apps/web/src/room/emoji-only.ts')
  return {
    name: 'links',
    files: ['apps/web/src/room/linkify.ts', 'apps/web/src/room/emoji-only.ts'],
    limit: 8_000,
    seeds: [
      'see https://example.org/a_(b)?c=d#e, and www.example.org.',
      'mailto:ann@example.org (https://user@bank.example/)',
      '<https://example.org> "http://[::1]:80/" `www.x.y`',
      'Ｈttps://例え.jp/。javascript:alert(1) HTTP://EXAMPLE',
      '👋🏽👨‍👩‍👧‍👦🏴‍☠️',
    ],
    words: [
      ...[
        'http://',
        'https://',
        'mailto:',
        'www.',
        'javascript:',
        'data:',
        '@',
        '//',
        '/',
        '\\',
        '(',
        ')',
        '[',
        ']',
        '{',
        '}',
      ],
      ...[
        '<',
        '>',
        '"',
        "'",
        '`',
        '.',
        ',',
        '!',
        '?',
        ':',
        ';',
        '*',
        '_',
        '~',
        '…',
        '「',
        '」',
        '\u202e',
        '\u2066',
        '\u200b',
      ],
      ...[
        '\u0301',
        '\ud800',
        '\udc00',
        '\u0000',
        '\n',
        ' ',
        'xn--',
        '%00',
        '%',
        '👋🏽',
        '🏳️‍🌈',
        '\u{e0067}',
        'İ',
        'ß',
        ':80',
        '::1',
      ],
    ],
    parse(text) {
      const parts = linkify(text)
      broken(parts.map((part) => part.text).join('') !== text && 'the parts are not the text')
      for (const part of parts) {
        if (part.kind === 'text') continue
        broken(!/^(https?|mailto):/.test(part.href) && `leads to ${part.href}`)
        broken(/[\s<>"\u202a-\u202e\u2066-\u2069]/u.test(part.text) && `a link shows ${JSON.stringify(part.text)}`)
        const { username, password } = new URL(part.href)
        broken((username !== '' || password !== '') && `a link carries a name: ${part.href}`)
      }
      isEmojiOnly(text)
    },
  }
}

async function texts(): Promise<Parser> {
  const { parseRoute } = await import('../../apps/web/src/routes.ts')
  return {
    name: 'texts',
    files: ['packages/protocol/src/text.ts', 'apps/web/src/routes.ts'],
    limit: 65_536,
    seeds: [
      '  hello\r\n\r\nworld \n ',
      '\u200b\u3164\u2800',
      '/rooms/0',
      `/rooms/${id}`,
      '/settings/account',
      '👍',
      'a\u0000b',
    ],
    words: [
      ...[
        '\r',
        '\n',
        '\r\n',
        ' ',
        '\t',
        '\u0000',
        '\u001f',
        '\u0085',
        '\u00a0',
        '\u2028',
        '\u200b',
        '\u200d',
        '\u202e',
        '\u2067',
      ],
      ...[
        '\u115f',
        '\u3164',
        '\uffa0',
        '\u2800',
        '\ufeff',
        '\ud800',
        '\udc00',
        '\u0301',
        'é',
        '👍',
        '👍🏽',
        '🇩',
        '/',
        '//',
        '/rooms/',
        '..',
      ],
    ],
    parse(text) {
      const body = cleanBody(text)
      broken(cleanBody(body) !== body && 'a cleaned body is cleaned once more')
      broken(body.includes('\r') && 'a body with a carriage return')
      const name = cleanName(text)
      broken(cleanName(name) !== name && 'a cleaned name is cleaned once more')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must be gone.
      broken(/[\u0000-\u001f\u202a-\u202e\u2066-\u2069]/.test(name) && 'a name with controls')
      broken(isVisible(body) && body.length <= 8_000 && bodyProblem(body) !== undefined && 'a good body has a problem')
      broken(isEmoji(text) && /^[a-z ]*$/i.test(text) && 'letters are an emoji')
      const route = parseRoute(text)
      broken(route.screen === 'room' && !UUID_V7.test(route.roomId) && 'a room without an id')
    },
  }
}

async function places(): Promise<Parser> {
  const { readPlace, placeText } = await import('../../apps/server/src/queries/page-place.ts')
  const { progress } = await import('../../packages/client/src/cursors.ts')
  return {
    name: 'cursors',
    files: ['apps/server/src/queries/page-place.ts', 'packages/client/src/cursors.ts'],
    limit: 200,
    seeds: [`1700000000000.${id}`, `0.${id}`, '5 6 7', '3 5 4 4 9', `{"roomId":"${id}","before":3,"limit":50}`],
    words: [
      ...NUMBERS,
      '.',
      '..',
      ' ',
      '-',
      '999999999999999',
      '1000000000000000',
      id,
      '~',
      '%',
      "'",
      '\u0000',
      '"limit":',
      '"after":',
    ],
    parse(text) {
      const place = readPlace(text)
      if (place) {
        broken(!Number.isSafeInteger(place.count) && `a count of ${place.count}`)
        broken(Number(text.split('.')[0]) !== place.count && 'another count than was written')
        broken(readPlace(placeText(place))?.id !== place.id && 'a place that does not find back')
      }
      const parsed = queries['list-messages'].input.safeParse(jsonOf(text)).data
      for (const number of [parsed?.before, parsed?.after, parsed?.around]) {
        broken(number !== undefined && !(Number.isSafeInteger(number) && number >= 0) && `a number of ${number}`)
      }
      // What is no number never comes so far: frames are JSON that the server made.
      const [cursor = 0, ...seqs] = text.split(' ').map(Number).filter(Number.isSafeInteger)
      const { fresh } = progress(
        cursor,
        seqs.map((seq) => ({ seq })),
      )
      broken(!fresh.every(({ seq }, index) => seq === cursor + 1 + index) && 'events were applied over a hole')
    },
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // Not JSON, which is one of the cases.
  }
}

function broken(what: string | false): void {
  if (what !== false) throw new Error(what)
}
