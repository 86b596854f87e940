import { type CommandId, newId, type RoomId } from '@parley/protocol'

export interface Guest {
  readonly name: string
  readonly token: string
}

/** The few calls over HTTP that set a scenario up. */
export class Api {
  readonly #url: string

  constructor(port: number) {
    this.#url = `http://127.0.0.1:${port}`
  }

  /** Signs guests in, several at a time. */
  async enterAll(names: readonly string[]): Promise<Guest[]> {
    return inParallel(names, 16, async (name) => {
      const answer = await this.#call('enter', { name, secret: crypto.randomUUID() })
      return { name, token: String(answer.token) }
    })
  }

  async createRoom(guest: Guest, name: string): Promise<RoomId> {
    const answer = await this.#call('create-room', { name }, guest)
    return answer.roomId as RoomId // as: the protocol's answer to create-room
  }

  async enterRoom(guest: Guest, roomId: RoomId): Promise<void> {
    await this.#call('enter-room', { roomId }, guest)
  }

  async #call(name: string, input: unknown, guest?: Guest): Promise<Record<string, unknown>> {
    const headers: Record<string, string> = {
      'content-type': 'application/json',
      'idempotency-key': newId<CommandId>(),
    }
    if (guest) headers.authorization = `Bearer ${guest.token}`
    const response = await fetch(`${this.#url}/api/commands/${name}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(input),
    })
    const body = await response.text()
    if (!response.ok) throw new Error(`${name} answered ${response.status}: ${body}`)
    return JSON.parse(body) as Record<string, unknown> // as: every output is an object
  }
}

export async function inParallel<In, Out>(
  items: readonly In[],
  width: number,
  work: (item: In, index: number) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = []
  let next = 0
  const lanes = Array.from({ length: Math.min(width, items.length) }, async () => {
    while (next < items.length) {
      const index = next++
      const item = items[index] as In // as: the index is below the length
      results[index] = await work(item, index)
    }
  })
  await Promise.all(lanes)
  return results
}
