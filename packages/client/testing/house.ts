import type { RoomId, User } from '@parley/protocol'
import { ChatClient, type ChatClientOptions, type RoomView } from '../src/index.ts'
import { FakeClock } from './fake-clock.ts'
import { ScriptedServer } from './scripted-server.ts'

/** A server in memory and the clients of its people, on one clock. */
export class House {
  readonly clock = new FakeClock()
  readonly server = new ScriptedServer(() => this.clock.now())

  get world(): ScriptedServer['world'] {
    return this.server.world
  }

  person(name: string): User {
    return this.world.person(name)
  }

  /** A client whose session exists already. */
  client(user: User, options: Partial<ChatClientOptions> = {}): ChatClient {
    return new ChatClient({
      url: 'http://parley.test',
      clock: this.clock,
      random: () => 0.5,
      openSocket: this.server.wire(user),
      fetch: (async () => {
        if (this.server.isDown) throw new TypeError('connection refused')
        return Response.json({ user })
      }) as unknown as typeof fetch,
      ...options,
    })
  }

  async online(user: User, options: Partial<ChatClientOptions> = {}): Promise<ChatClient> {
    const client = this.client(user, options)
    await client.whoAmI()
    client.connect()
    await this.clock.advance(0)
    return client
  }

  async inRoom(user: User, roomId: RoomId, options: Partial<ChatClientOptions> = {}): Promise<ChatClient> {
    const client = await this.online(user, options)
    client.room(roomId).open()
    await this.clock.advance(0)
    return client
  }
}

export function shown(client: ChatClient, roomId: RoomId): RoomView {
  const view = client.room(roomId).view.value
  if (!view) throw new Error('the room is not open')
  return view
}

export const bodies = (client: ChatClient, roomId: RoomId): string[] =>
  shown(client, roomId).rows.map((row) => (row.isDeleted ? '(deleted)' : row.body))
