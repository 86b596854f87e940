import { type CommandId, newId, type RoomId } from '@parley/protocol'
import { inParallel } from './api.ts'
import { dayText, HABITS, zipf } from './day-model.ts'
import { openQuietState } from './fill.ts'

export interface DayPerson {
  readonly token: string
  /** Indices into the rooms of the world. */
  readonly rooms: readonly number[]
}

/** People by index, rooms by their size, and who talks to whom. */
export interface DayWorld {
  readonly people: readonly DayPerson[]
  readonly rooms: readonly RoomId[]
  readonly directs: readonly { readonly roomId: RoomId; readonly pair: readonly [number, number] }[]
}

const MESSAGES_OF_BIGGEST_ROOM = 8_000
const AT_ONCE = 256

/** A community as it is before the hour begins: everybody in their rooms, with what was said before. */
export async function makeDayWorld(dataFolder: string, count: number): Promise<DayWorld> {
  const { state, accounts } = await openQuietState(dataFolder)
  try {
    const people = await inParallel(Array.from({ length: count }), 64, async (_, index) => {
      const secret = crypto.randomUUID()
      const { token } = await accounts.enter({ id: newId<CommandId>(), name: `Person ${index}`, secret })
      const session = await accounts.authenticate(token)
      if (!session) throw new Error(`Person ${index} could not enter.`)
      return { token, actor: session.actor, lane: {}, rooms: new Set<number>() }
    })
    type Person = (typeof people)[number]
    const ask = async (person: Person, name: string, input: object) => {
      const { actor, lane } = person
      // as: the outputs of the commands below
      return (await state.perform({ id: newId<CommandId>(), name, input, actor, lane })) as { roomId: RoomId }
    }
    const rooms = await inParallel(
      people.slice(0, Math.ceil(count / HABITS.peoplePerRoom)),
      AT_ONCE,
      (owner, index) => {
        owner.rooms.add(index)
        return ask(owner, 'create-room', { name: `Room ${index}` }).then(({ roomId }) => roomId)
      },
    )
    const draw = zipf(rooms.length)
    await inParallel(people, AT_ONCE, async (person) => {
      while (person.rooms.size < Math.min(HABITS.roomsEach, rooms.length)) person.rooms.add(draw())
      for (const room of person.rooms) await ask(person, 'enter-room', { roomId: rooms[room] })
    })
    const said = rooms.flatMap((roomId, index) => {
      const owner = people[index]
      return Array.from({ length: owner ? Math.ceil(MESSAGES_OF_BIGGEST_ROOM / (index + 1)) : 0 }, () => ({
        owner,
        roomId,
      }))
    })
    await inParallel(said, AT_ONCE, async ({ owner, roomId }) => {
      if (owner) await ask(owner, 'post-message', { roomId, body: dayText() })
    })
    const pairs = people.flatMap((_, index): [number, number][] =>
      Array.from({ length: HABITS.directsEach }, (__, step): [number, number] => [
        index,
        (index + 1 + step * 7) % count,
      ]),
    )
    const directs = await inParallel(pairs, AT_ONCE, async (pair) => {
      const [from, to] = [people[pair[0]], people[pair[1]]]
      if (!from || !to) throw new Error('A pair lacks a person.')
      return { roomId: (await ask(from, 'start-direct', { userId: to.actor.user.id })).roomId, pair }
    })
    return { people: people.map(({ token, rooms: own }) => ({ token, rooms: [...own] })), rooms, directs }
  } finally {
    await state.close()
  }
}
