import { type CommandId, newId, type RoomId } from '@parley/protocol'
import { localFanout } from '../../apps/server/src/fanout/local-fanout.ts'
import { openLog } from '../../apps/server/src/log.ts'
import { type OpenState, openState } from '../../apps/server/src/open-state.ts'
import type { Guest } from './api.ts'
import { inParallel } from './api.ts'

export interface Filling {
  readonly owner: Guest
  /** Rooms of the owner, by the order they were asked for. */
  readonly rooms: readonly RoomId[]
  /** Posts to one of the rooms; resolves when it is stored. */
  post(room: number): Promise<void>
  close(): Promise<void>
}

const BODY = 'about as long as what people type '.repeat(3)
const OUTSTANDING = 256

/** A state of one's own on a data folder, without sockets: for data that a scenario finds there when it begins. */
export function openQuietState(dataFolder: string): Promise<OpenState> {
  return openState({
    config: { dataFolder },
    log: openLog('silent'),
    fanout: localFanout((error) => console.error(error)),
    occupancy: {
      occupants: (roomId) => ({ roomId, version: 0, count: 0, people: [] }),
      activeRooms: () => new Map(),
    },
  })
}

/** A quiet state with one person who owns so many rooms. */
export async function openFilling(dataFolder: string, roomCount: number): Promise<Filling> {
  const { state, accounts } = await openQuietState(dataFolder)
  const name = 'Bench'
  const { token } = await accounts.enter({ id: newId<CommandId>(), name, secret: 'sixteen characters' })
  const session = await accounts.authenticate(token)
  if (!session) throw new Error('The bench could not enter.')
  const { actor } = session
  const perform = (command: string, input: object, lane: object) =>
    state.perform({ id: newId<CommandId>(), name: command, input, actor, lane, isKnownMember: true })
  const rooms: RoomId[] = []
  for (let index = 0; index < roomCount; index++) {
    const made = (await perform('create-room', { name: `Room ${index}` }, {})) as { roomId: RoomId } // as: its output
    rooms.push(made.roomId)
  }
  const lanes = rooms.map(() => ({}))
  return {
    owner: { name, token },
    rooms,
    post: async (room) => {
      const [roomId, lane] = [rooms[room], lanes[room]]
      if (!roomId || !lane) throw new Error(`There is no room ${room}.`)
      await perform('post-message', { roomId, body: BODY }, lane)
    },
    close: () => state.close(),
  }
}

/** Rooms with so many messages each, written as fast as the state takes them. */
export async function fill(dataFolder: string, messages: readonly number[]): Promise<Pick<Filling, 'owner' | 'rooms'>> {
  const filling = await openFilling(dataFolder, messages.length)
  try {
    for (const [room, count] of messages.entries()) {
      await inParallel(Array.from({ length: count }), OUTSTANDING, () => filling.post(room))
    }
    return filling
  } finally {
    await filling.close()
  }
}
