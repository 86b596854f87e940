import { afterAll, beforeAll, expect, test } from 'bun:test'
import { inRoom, startTestServer, type TestServer } from '../testing/test-server.contract.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ settings: { PARLEY_LIMITS: 'posts=10000/s,guests=1000/s,all-guests=1000/s' } })
})
afterAll(() => server.stop())

const PEOPLE = 25
const POSTS = 500
/** On their way at once, as from somebody who types ahead. */
const ROW = 20

test('[E3] of more than ten thousand deliveries not one is missing', async () => {
  const people = await Promise.all(Array.from({ length: PEOPLE }, (_, index) => server.guest(`Person ${index + 1}`)))
  const [ann] = people
  if (!ann) throw new Error('nobody came')
  const roomId = await ann.createsRoom('Everybody')
  for (const person of people.slice(1)) await person.does('enter-room', { roomId })
  const opened = await Promise.all(people.map((person) => person.opens(inRoom(roomId))))
  for (let sent = 0; sent < POSTS; sent += ROW) {
    const row = Array.from({ length: ROW }, (_, index) => `post ${sent + index}`)
    await Promise.all(row.map((body) => ann.does('post-message', { roomId, body })))
  }
  const { seq: head } = await ann.opens(inRoom(roomId))
  await Promise.all(people.map((person) => person.sees('events', ({ events }) => events.at(-1)?.seq === head)))
  const missed = people.flatMap((person, index) => {
    const given = new Set(person.eventsOf(roomId).map(({ seq }) => seq))
    const wanted = Array.from({ length: POSTS }, (_, post) => head - POSTS + 1 + post)
    return wanted
      .filter((seq) => seq > (opened[index]?.seq ?? 0) && !given.has(seq))
      .map((seq) => `${seq} was not given to ${person.user.displayName}`)
  })
  expect(missed).toEqual([])
}, 60_000)
