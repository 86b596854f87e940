import type { CommandInput, CommandName, CommandOutput, QueryInput, QueryName, QueryOutput } from '@parley/protocol'
import { type Answer, ChatServer } from '../../apps/cli/src/check/chat-server.ts'
import { Pace } from '../../apps/cli/src/check/pace.ts'
import { pause } from '../../apps/cli/src/check/wait-for.ts'

/** Everything that others would notice of a check, had it left something. */
export interface Everything {
  readonly lobby: readonly string[]
  readonly rooms: readonly string[]
  readonly people: readonly string[]
}

export interface Owner {
  everything(): Promise<Everything>
  /** Until the server is as it was; what is deleted is erased in turns. */
  waitsFor(before: Everything): Promise<void>
  changes(settings: CommandInput<'change-settings'>): Promise<void>
  /** A link's token; to the server, or to a new room of that name. */
  invites(roomName?: string): Promise<string>
}

const WITHIN_MS = 10_000

/** Makes the owner of a server whose output shows the set-up link. */
export async function ownerOf({ url, output }: { url: string; output: string }): Promise<Owner> {
  const server = new ChatServer(url, new Pace(1))
  const account = { handle: 'olive', name: 'Olive', password: 'violet tram over water' }
  const token = (await said(server.command('register', account))).token ?? ''
  const does = <Name extends CommandName>(name: Name, input: CommandInput<Name>): Promise<CommandOutput<Name>> =>
    said(server.command(name, input, { token }))
  const asks = <Name extends QueryName>(name: Name, input: QueryInput<Name>): Promise<QueryOutput<Name>> =>
    said(server.query(name, input, token))
  await does('become-owner', { token: /set-up#([\w-]+)/.exec(output)?.[1] ?? '' })

  const everything = async (): Promise<Everything> => {
    const { rooms: lobby } = await asks('list-rooms', { list: 'existing' })
    const { rooms } = await asks('list-all-rooms', {})
    const { people } = await asks('list-people', {})
    return {
      lobby: lobby.map((room) => room.name).sort(),
      rooms: rooms.map((room) => `${room.name}: ${room.members} members, ${room.messages} messages`).sort(),
      people: people.map(({ user }) => user.displayName).sort(),
    }
  }
  return {
    everything,
    async waitsFor(before) {
      const wanted = JSON.stringify(before)
      const deadline = performance.now() + WITHIN_MS
      for (let now = await everything(); JSON.stringify(now) !== wanted; now = await everything()) {
        if (performance.now() > deadline) throw new Error(`${JSON.stringify(now)} is not ${wanted}`)
        await pause(100)
      }
    },
    async changes(settings) {
      await does('change-settings', settings)
    },
    async invites(roomName) {
      if (roomName === undefined) return (await does('create-invitation', {})).token
      const { roomId } = await does('create-room', { name: roomName })
      return (await does('create-invitation', { roomId })).token
    },
  }
}

async function said<Output>(asked: Promise<Answer<Output>>): Promise<Output> {
  const answer = await asked
  if (answer.kind !== 'reply') throw new Error(JSON.stringify(answer))
  return answer.output
}
