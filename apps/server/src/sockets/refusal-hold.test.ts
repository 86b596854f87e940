import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type CommandId, newId } from '@parley/protocol'
import { FakeClock } from '../testing/fake-clock.ts'
import { type Peer, startTestServer, type TestServer } from '../testing/test-server.contract.ts'

const clock = new FakeClock()
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ clock })
})
afterAll(async () => {
  const stopping = server.stop()
  const move = setInterval(() => clock.advance(50), 5)
  await stopping
  clearInterval(move)
})

let count = 0

/** Ann's room, in which Ben may not post for a moment, and was told so about `first`. */
async function refused(hello: { withdraws?: true }) {
  count += 1
  const ann = await server.guest(`Ann ${count}`)
  const roomId = await ann.createsRoom(`Room ${count}`)
  const { token } = await server.enter(`Ben ${count}`)
  const ben = await server.connect(token, hello)
  await ben.does('enter-room', { roomId })
  const posts = (body: string, { id = newId<CommandId>(), by = ben }: { id?: CommandId; by?: Peer } = {}) =>
    by.asks({ type: 'command', id, name: 'post-message', input: { roomId, body } })
  await ann.does('set-room-rules', { roomId, isReadOnly: true })
  const first = newId<CommandId>()
  expect(await posts('first', { id: first })).toMatchObject({ code: 'read-only' })
  await ann.does('set-room-rules', { roomId, isReadOnly: false })
  const bodies = async () => {
    const { output } = (await ann.asks({
      type: 'query',
      id: newId(),
      name: 'list-messages',
      input: { roomId },
    })) as unknown as { output: { messages: { body: string }[] } } // as: the query's output
    return output.messages.map(({ body }) => body)
  }
  return { roomId, ben, token, first, posts, bodies }
}

test('[F3] what a connection posts after a refusal is busy until it withdraws the refused one', async () => {
  const { ben, first, posts, bodies } = await refused({ withdraws: true })
  const [second, third] = [newId<CommandId>(), newId<CommandId>()]
  expect(await posts('second', { id: second })).toMatchObject({ code: 'busy', retryAfterMs: 100 })
  ben.clear()
  ben.send({ type: 'withdraw', id: first })
  // Those that had to wait come in their order.
  expect(await posts('third', { id: third })).toMatchObject({ code: 'busy' })
  expect(await posts('second', { id: second })).toMatchObject({ type: 'reply' })
  expect(await posts('overtakes')).toMatchObject({ code: 'busy' })
  ben.clear()
  expect(await posts('third', { id: third })).toMatchObject({ type: 'reply' })
  expect(await bodies()).toEqual(['second', 'third'])
})

test('[F3] entering, reading, other rooms and other connections do not wait', async () => {
  const { roomId, ben, token, posts, bodies } = await refused({ withdraws: true })
  expect(await posts('held')).toMatchObject({ code: 'busy' })
  await ben.does('enter-room', { roomId })
  await ben.does('mark-read', { roomId, number: 0 })
  const otherId = await ben.createsRoom(`Other room ${count}`)
  await ben.does('post-message', { roomId: otherId, body: 'elsewhere' })
  const tab = await server.connect(token, { withdraws: true })
  expect(await posts('from another tab', { by: tab })).toMatchObject({ type: 'reply' })
  expect(await bodies()).toEqual(['from another tab'])
})

test('[F3] the refused one comes again on this connection: the order holds without a withdrawal', async () => {
  const { ben, first, posts, bodies } = await refused({ withdraws: true })
  const second = newId<CommandId>()
  expect(await posts('second', { id: second })).toMatchObject({ code: 'busy' })
  ben.clear()
  expect(await posts('first', { id: first })).toMatchObject({ type: 'reply' })
  expect(await posts('second', { id: second })).toMatchObject({ type: 'reply' })
  expect(await bodies()).toEqual(['first', 'second'])
})

test('[F3] the connection goes before the refusal arrives: repeated on a new one, the order holds', async () => {
  const { ben, token, first, posts, bodies } = await refused({ withdraws: true })
  const second = newId<CommandId>()
  expect(await posts('second', { id: second })).toMatchObject({ code: 'busy' })
  ben.hangUp()
  const again = await server.connect(token, { withdraws: true })
  expect(await posts('first', { id: first, by: again })).toMatchObject({ type: 'reply' })
  expect(await posts('second', { id: second, by: again })).toMatchObject({ type: 'reply' })
  expect(await bodies()).toEqual(['first', 'second'])
})

test('[F3] a client that does not say that it withdraws never waits', async () => {
  const { posts, bodies } = await refused({})
  expect(await posts('second')).toMatchObject({ type: 'reply' })
  expect(await bodies()).toEqual(['second'])
})

test('[F3] withdrawals beyond what a connection may send are heard all the same', async () => {
  const { ben, first, posts } = await refused({ withdraws: true })
  for (let other = 0; other < 150; other++) ben.send({ type: 'withdraw', id: newId<CommandId>() })
  ben.send({ type: 'withdraw', id: first })
  expect(await posts('second')).toMatchObject({ type: 'reply' })
})
