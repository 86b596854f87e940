import type { RoomId } from '@parley/protocol'
import type { History } from '../../apps/cli/src/check/history.ts'
import type { TestServer } from './harness.ts'
import { Person } from './person.ts'

/** The people of one test, so that they read like the feature and are sent home at its end. */
export interface People {
  /** Somebody new types a name and is in. */
  person(name: string): Promise<Person>
  /** A room that the first of these makes and the others enter; everybody looks at it. */
  room(name: string): { with<Name extends string>(...names: readonly Name[]): Promise<Guests<Name>> }
  /** Disconnects everybody. */
  leave(): void
  [Symbol.dispose](): void
}

export type Guests<Name extends string> = Readonly<Record<Name, Person>> & { readonly roomId: RoomId }

export function people(server: Pick<TestServer, 'url'>, { history }: { history?: History } = {}): People {
  const present: Person[] = []
  const person = async (name: string): Promise<Person> => {
    const arrived = await Person.arrives({ url: server.url, name, ...(history === undefined ? {} : { history }) })
    present.push(arrived)
    return arrived
  }
  const leave = () => {
    for (const one of present.splice(0)) one.goesOffline()
  }
  return {
    person,
    leave,
    [Symbol.dispose]: leave,
    room: (roomName) => ({
      async with(...names) {
        const arrived = await Promise.all(names.map(person))
        const [first] = arrived
        if (!first) throw new Error('A room needs at least one person.')
        const roomId = await first.createsRoom(roomName)
        await Promise.all(arrived.slice(1).map((one) => one.opensRoom(roomId)))
        const entries = names.map((name, index) => [name, arrived[index]] as const)
        // as: one person for each name.
        return { ...Object.fromEntries(entries), roomId } as Awaited<ReturnType<ReturnType<People['room']>['with']>>
      },
    }),
  }
}
