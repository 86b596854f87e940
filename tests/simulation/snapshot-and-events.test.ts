import { expect, setDefaultTimeout, test } from 'bun:test'
import { newId, type RoomEvent, type RoomEventType, type RoomId, roomStream } from '@parley/protocol'
import { roomEvents } from '@parley/protocol/schemas'
import { applyRoomEvents } from '../../packages/client/src/apply-event.ts'
import { fromSnapshot, type RoomState } from '../../packages/client/src/room-state.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { onBothDatabases, type Person, type Stage } from '../support/state.ts'

setDefaultTimeout(30_000)

/** A room of two people with three messages and a reaction, in which something is about to happen. */
interface Scene {
  readonly stage: Stage
  readonly roomId: RoomId
  readonly ann: Person
  readonly bob: Person
  readonly messageIds: readonly Awaited<ReturnType<Person['posts']>>['messageId'][]
}

/** How each kind of event comes about. A new kind without a way does not compile. */
const HAPPENINGS: { readonly [Type in RoomEventType]: (scene: Scene) => Promise<unknown> } = {
  'room-created': async () => undefined, // Before every snapshot; the whole log is applied below.
  'room-renamed': ({ ann, roomId }) => ann.does('rename-room', { roomId, name: `Renamed ${newId()}` }),
  'topic-changed': ({ ann, roomId }) => ann.does('change-topic', { roomId, topic: `About ${newId()}` }),
  'owner-changed': ({ stage, ann }) => stage.passRooms(ann.id),
  'member-joined': async ({ stage, roomId }) => (await stage.person('Cleo')).does('enter-room', { roomId }),
  'member-left': ({ ann, roomId }) => ann.does('leave-room', { roomId }),
  'member-removed': async ({ stage, ann, roomId }) => {
    const cleo = await stage.person('Cleo')
    await ann.does('add-member', { roomId, userId: cleo.id })
    await ann.does('remove-member', { roomId, userId: cleo.id })
  },
  'role-changed': ({ ann, bob, roomId }) => ann.does('set-member-role', { roomId, userId: bob.id, role: 'moderator' }),
  'rules-changed': ({ ann, roomId }) => ann.does('set-room-rules', { roomId, slowSeconds: 5, isReadOnly: false }),
  'message-posted': ({ bob, roomId }) => bob.posts(roomId, 'one more'),
  'message-edited': ({ ann, roomId, messageIds }) =>
    ann.does('edit-message', { roomId, messageId: at(messageIds, 0), body: 'edited' }),
  'message-deleted': ({ ann, roomId, messageIds }) =>
    ann.does('delete-message', { roomId, messageId: at(messageIds, 1) }),
  'reaction-added': ({ bob, roomId, messageIds }) =>
    bob.does('add-reaction', { roomId, messageId: at(messageIds, 2), emoji: '🎉' }),
  'reaction-removed': ({ bob, roomId, messageIds }) =>
    bob.does('remove-reaction', { roomId, messageId: at(messageIds, 2), emoji: '👍' }),
}

onBothDatabases((stage) => {
  for (const type of Object.keys(HAPPENINGS) as RoomEventType[]) {
    test(`[E4] [E5] a snapshot and "${type}" after it make the snapshot of now, live and caught up`, async () => {
      const scene = await setScene(stage)
      const before = type === 'room-created' ? undefined : await snapshot(scene)
      stage.fanout.heard.length = 0
      await HAPPENINGS[type](scene)
      const now = await snapshot(scene)
      if (!before) return expect((await scene.bob.catchesUp(scene.roomId)).at(0)).toMatchObject({ type, seq: 1 })
      const caughtUp = (await scene.bob.catchesUp(scene.roomId, before.cursor)) as RoomEvent[] // as: a room's log
      expect(caughtUp.map((event) => event.type)).toContain(type)
      expect(comparable(applyRoomEvents(before, caughtUp, scene.bob.id))).toEqual(comparable(now))
      expect(comparable(applyRoomEvents(before, liveEvents(scene), scene.bob.id))).toEqual(comparable(now))
    })
  }

  test('[E5] after any number of events, from any earlier snapshot, the client stands where a newcomer would', async () => {
    const scene = await setScene(stage)
    const random = new SeededRandom(7)
    const repeatable = ['room-renamed', 'topic-changed', 'member-joined', 'message-posted', 'message-edited'] as const
    const once = ['message-deleted', 'reaction-added', 'reaction-removed', 'member-left'] as const
    const earlier = [await snapshot(scene)]
    for (const type of random.shuffled([...repeatable, ...once, ...repeatable])) {
      await HAPPENINGS[type](scene).catch(() => undefined) // Ann may have left before; then there is nothing to see.
      earlier.push(await snapshot(scene))
    }
    const now = await snapshot(scene)
    for (const before of earlier) {
      const events = (await scene.bob.catchesUp(scene.roomId, before.cursor)) as RoomEvent[] // as: a room's log
      expect(comparable(applyRoomEvents(before, events, scene.bob.id))).toEqual(comparable(now))
    }
  })
})

test('[E5] every kind of a room event has its happening', () => {
  expect(Object.keys(HAPPENINGS).sort()).toEqual(Object.keys(roomEvents).sort())
})

async function setScene(stage: Stage): Promise<Scene> {
  const [ann, bob] = [await stage.person('Ann'), await stage.person('Bob')]
  const roomId = await ann.createsRoom('Designers')
  await bob.does('enter-room', { roomId })
  const messageIds = []
  for (const body of ['one', 'two', 'three']) messageIds.push((await ann.posts(roomId, body)).messageId)
  await bob.does('add-reaction', { roomId, messageId: at(messageIds, 2), emoji: '👍' })
  await ann.does('add-reaction', { roomId, messageId: at(messageIds, 1), emoji: '👍' })
  return { stage, roomId, ann, bob, messageIds }
}

/** What Bob's client would hold after a `reset`. */
async function snapshot({ stage, roomId, bob }: Scene): Promise<RoomState> {
  const answer = await stage.state.roomSnapshot(bob.actor, roomId)
  const occupants = { roomId, version: 0, count: 0, people: [] }
  return fromSnapshot({ ...answer.snapshot, occupants }, answer.seq)
}

/** My reactions to a message are a set. */
function comparable(state: RoomState) {
  return { ...state, mine: new Map([...state.mine].map(([id, emojis]) => [id, [...emojis].sort()])) }
}

function liveEvents({ stage, roomId }: Scene): RoomEvent[] {
  const stream = roomStream(roomId)
  const told = stage.fanout.heard.filter((publication) => publication.kind === 'events')
  return told.filter((one) => one.stream === stream).flatMap((one) => one.events as readonly RoomEvent[]) // as: its stream
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index]
  if (item === undefined) throw new Error(`There is no item ${index}.`)
  return item
}
