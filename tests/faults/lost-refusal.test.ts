import { afterAll, expect, test } from 'bun:test'
import { ChatClient, type OpenSocket, openWebSocket } from '@parley/client'
import type { RoomId, ServerFrame, UserId } from '@parley/protocol'
import { startServer, stopServers } from '../support/harness.ts'
import { people } from '../support/people.ts'
import { enterAsGuest, type Person } from '../support/person.ts'
import { until } from '../support/until.ts'

afterAll(stopServers)

/** A line on which answers can be lost before the client sees them, and which can break. */
class Line {
  readonly lost: ServerFrame[] = []
  isLosing = false
  #look = () => {}
  #cut = () => {}

  readonly open: OpenSocket = (url, options) => {
    const real = openWebSocket(url, options)
    const onmessage = ({ data }: { readonly data: unknown }) => {
      if (!this.isLosing) {
        line.onmessage?.({ data })
        return
      }
      this.lost.push(JSON.parse(String(data)) as ServerFrame) // as: a frame of our server
      this.#look()
    }
    const line: ReturnType<OpenSocket> = {
      onopen: null,
      onmessage: null,
      onclose: null,
      send: (text) => real.send(text),
      close: (code, reason) => real.close(code, reason),
    }
    real.onopen = () => line.onopen?.()
    real.onmessage = onmessage
    real.onclose = (event) => line.onclose?.(event)
    this.#cut = () => {
      real.onclose = null
      real.close()
      this.isLosing = false
      line.onclose?.({ code: 1006, reason: '' })
    }
    return line
  }

  /** What the server answered to so many commands, lost on the way. */
  async losesAnswers(count: number): Promise<readonly string[]> {
    const answers = () => this.lost.flatMap((frame) => ('id' in frame ? frame : []))
    const looking = {
      subscribe: (look: () => void) => {
        this.#look = look
        return () => {}
      },
    }
    await until([looking], () => answers().length >= count, { what: `${count} lost answers` })
    return answers().map((frame) => ('code' in frame ? frame.code : frame.type))
  }

  cut(): void {
    this.#cut()
  }
}

type Ways = readonly [code: string, forbid: (room: Room) => Promise<void>, allow: (room: Room) => Promise<void>]
interface Room {
  readonly owner: Person
  readonly roomId: RoomId
  readonly userId: UserId
}
const rules = (change: { isReadOnly?: boolean; slowSeconds?: number }) => async (room: Room) =>
  room.owner.client.setRoomRules({ roomId: room.roomId, ...change })

test.each<Ways>([
  ['slow-mode', rules({ slowSeconds: 3_600 }), rules({ slowSeconds: 0 })],
  ['read-only', rules({ isReadOnly: true }), rules({ isReadOnly: false })],
  [
    'muted',
    ({ owner, roomId, userId }) => owner.client.muteMember(roomId, userId),
    ({ owner, roomId, userId }) => owner.client.unmuteMember(roomId, userId),
  ],
])(
  '[F3] %s, and the refusal lost with the connection: repeated later, it still comes first',
  async (code, forbid, allow) => {
    const server = await startServer()
    using company = people(server)
    const owner = await company.person('ann')
    const roomId = await owner.createsRoom(`A room that is ${code}`)
    const { user, token } = await enterAsGuest(server.url, 'bob')
    const line = new Line()
    const bob = new ChatClient({ url: server.url, token, openSocket: line.open })
    try {
      await bob.whoAmI()
      bob.connect()
      await bob.enterRoom(roomId)
      const room = { owner, roomId, userId: user.id }
      const says = (body: string) => bob.room(roomId).postMessage({ body })
      // Slow mode counts from a post that was made in it.
      if (code === 'slow-mode') await forbid(room)
      says('before')
      await owner.sees(['before'])
      await until([bob.outbox], () => bob.outbox.value.queued === 0, { what: 'an empty outbox' })

      await forbid(room)
      line.isLosing = true
      says('first')
      expect(await line.losesAnswers(1)).toEqual([code])
      await allow(room)
      says('second')
      expect(await line.losesAnswers(2)).toEqual([code, 'busy'])
      line.cut()
      await owner.sees(['before', 'first', 'second'])

      // Once the refusal arrives, nothing waits for it any more.
      await forbid(room)
      says('third')
      await until([bob.outbox], () => bob.outbox.value.notSent.length === 1, { what: 'a refusal' })
      await allow(room)
      says('fourth')
      await owner.sees(['before', 'first', 'second', 'fourth'])
    } finally {
      bob.disconnect()
    }
  },
  60_000,
)
