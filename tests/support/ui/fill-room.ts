import { newId } from '@parley/protocol'

export interface Filling {
  readonly url: string
  readonly roomId: string
  readonly count: number
  /** Names of guests who write in turns of some messages each. */
  readonly authors: readonly string[]
  readonly text?: (index: number) => string
  /** One after another, so that they stand in the room in this order. */
  readonly inOrder?: boolean
}

const AT_ONCE = 48
const TURN = 7

/** A room with a history, written by guests over HTTP. The server needs generous limits: `posts=1000000/s`. */
export async function fillRoom({ url, roomId, count, authors, text = ordinaryText, inOrder }: Filling): Promise<void> {
  const tokens = await Promise.all(authors.map((name) => enter(url, name)))
  for (const token of tokens) await ask(url, 'enter-room', { roomId }, token)
  const atOnce = inOrder ? 1 : AT_ONCE
  for (let from = 0; from < count; from += atOnce) {
    const turn = Math.floor(from / TURN)
    const token = tokens[turn % tokens.length] ?? ''
    const numbers = Array.from({ length: Math.min(atOnce, count - from) }, (_, index) => from + index)
    await Promise.all(numbers.map((index) => ask(url, 'post-message', { roomId, body: text(index) }, token)))
  }
}

/** Lengths as in talk: mostly short, sometimes several lines. */
function ordinaryText(index: number): string {
  const words = 'The boats came in at dawn with more than anybody had asked for '
  return `${index + 1}: ${words.repeat(1 + ((index * 7) % 5)).slice(0, 20 + ((index * 53) % 260))}`
}

async function enter(url: string, name: string): Promise<string> {
  const { token } = await ask(url, 'enter', { name, secret: newId() })
  return String(token)
}

async function ask(url: string, command: string, input: object, token?: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/api/commands/${command}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'idempotency-key': newId(),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(input),
  })
  const output: unknown = await response.json()
  if (!response.ok) throw new Error(`${command} was refused: ${JSON.stringify(output)}`)
  return output as Record<string, unknown> // as: each command answers with an object
}
