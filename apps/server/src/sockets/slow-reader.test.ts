import { afterAll, beforeAll, expect, test } from 'bun:test'
import { RawSocket } from '../testing/raw-socket.contract.ts'
import { inRoom, startTestServer, type TestServer } from '../testing/test-server.contract.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ settings: { PARLEY_LIMITS: 'posts=100000/s,queries=1000/s' } })
})
afterAll(() => server.stop())

test('[E11] [G12] a slow reader is closed with 4000 and resumes; the others notice nothing', async () => {
  const ann = await server.guest('Ann')
  const ben = await server.guest('Ben')
  const { token } = await server.enter('Slow')
  const roomId = await ann.createsRoom('Busy')
  await ben.does('enter-room', { roomId })
  for (const peer of [ann, ben]) await peer.opens(inRoom(roomId))

  const slow = new RawSocket(server.port)
  await slow.upgrade({ Authorization: `Bearer ${token}` })
  slow.text({ type: 'hello', protocol: 1 })
  await slow.seesText('"welcome"')
  slow.text({ type: 'command', id: '01890000-0000-7000-8000-000000000001', name: 'enter-room', input: { roomId } })
  await slow.seesText('"reply"')
  slow.text({ type: 'open', place: inRoom(roomId) })
  await slow.seesText('"opened"')
  slow.stall()

  const body = 'x'.repeat(7_900)
  const isCut = async () => /parley_closed_too_slow_total 1/.test(await (await fetch(`${server.url}/metrics`)).text())
  let posted = 0
  while (!(await isCut())) {
    await Promise.all([...Array(50)].map(() => ann.does('post-message', { roomId, body })))
    posted += 50
    ann.clear()
  }
  slow.readOn()
  expect(await slow.ended).toBe(4000)
  await ben.sees('events', ({ events }) =>
    events.some((event) => 'message' in event && event.message?.number === posted),
  )
  const seqs = ben.eventsOf(roomId).map(({ seq }) => seq)
  expect(seqs).toEqual(seqs.map((_, index) => (seqs[0] ?? 0) + index))

  const back = await server.connect(token)
  await back.opens(inRoom(roomId))
  expect(await back.does('post-message', { roomId, body: 'back' })).toMatchObject({ number: posted + 1 })
}, 30_000)
