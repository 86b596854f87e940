import { expect, test } from 'bun:test'
import { SeededRandom } from '../../../../tests/support/seeded-random.ts'
import { onBothDatabases, type Person } from '../../../../tests/support/state.ts'

const HOUR_MS = 60 * 60_000
const WAVES = 40

onBothDatabases((stage) => {
  test('[S1, G3] a clock that jumps an hour to and fro changes no order: of the log, of real time, or of anybody', async () => {
    const random = new SeededRandom(7)
    const owner = await stage.person('Ann')
    const roomId = await owner.createsRoom('Against the clock')
    const people: Person[] = [owner]
    for (const name of ['Bob', 'Cleo', 'Dan', 'Eve']) people.push(await stage.person(name))
    for (const person of people.slice(1)) await person.does('enter-room', { roomId })
    const acknowledged: { seq: number; number: number; body: string }[] = []
    let last = 0
    for (let wave = 0; wave < WAVES; wave++) {
      stage.now += random.between(-HOUR_MS, HOUR_MS)
      const said = people.flatMap((person, who) =>
        [0, 1, 2].map((turn) => ({ person, body: `${wave} ${who} ${turn}` })),
      )
      const posts = await Promise.all(
        said.map(async ({ person, body }) => ({ ...(await person.posts(roomId, body)), body })),
      )
      // Whatever was answered before comes before it.
      expect(Math.min(...posts.map(({ seq }) => seq))).toBeGreaterThan(last)
      last = Math.max(...posts.map(({ seq }) => seq))
      acknowledged.push(...posts)
    }
    acknowledged.sort((a, b) => a.seq - b.seq)
    expect(acknowledged.map(({ number }) => number)).toEqual(acknowledged.map((_, index) => index + 1))
    for (const who of people.keys()) {
      const own = acknowledged.map(({ body }) => body.split(' ').map(Number)).filter(([, author]) => author === who)
      expect(own).toEqual(Array.from({ length: 3 * WAVES }, (_, index) => [Math.floor(index / 3), who, index % 3]))
    }
    // What others read and catch up with is in that order too, whatever times it carries.
    const [, bob] = people
    if (!bob) throw new Error('There is no Bob.')
    const bodies = acknowledged.map(({ body }) => body)
    expect(await pagesOf(bob, roomId)).toEqual(bodies)
    const events = await bob.catchesUp(roomId)
    if (events === 'reset') throw new Error('The log is too long for one absence.')
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    expect(events.flatMap((event) => (event.type === 'message-posted' ? (event.message?.body ?? []) : []))).toEqual(
      bodies,
    )
  }, 60_000)
})

async function pagesOf(person: Person, roomId: Awaited<ReturnType<Person['createsRoom']>>): Promise<string[]> {
  const bodies: string[] = []
  for (let after = 0; ; after = bodies.length) {
    const { messages } = await person.asks('list-messages', { roomId, after, limit: 100 })
    if (messages.length === 0) return bodies
    for (const { body } of messages) bodies.push(body)
  }
}
