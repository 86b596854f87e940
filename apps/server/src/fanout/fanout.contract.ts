import { afterEach, beforeEach, expect, test } from 'bun:test'
import { newId, type RoomId, roomStream, type SessionId, type User, type UserId } from '@parley/protocol'
import type { EventsPublication, Publication } from '../rules/publication.ts'
import type { Fanout } from './fanout.ts'

export interface FanoutUnderTest {
  readonly fanout: Fanout
  readonly faults: unknown[]
  close(): Promise<void>
}

export const someone: User = {
  id: newId<UserId>(),
  handle: 'ann',
  displayName: 'Änn 🎈',
  kind: 'account',
  version: 1,
}

/** Events `first`…`last` of a room. */
export function eventsOf(roomId: RoomId, first: number, last = first): EventsPublication {
  const seqs = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  return {
    kind: 'events',
    stream: roomStream(roomId),
    events: seqs.map((seq) => ({ seq, type: 'member-joined', at: 1, actorId: someone.id, userId: someone.id })),
    users: [someone],
    lastNumber: 0,
  }
}

/** What every fan-out does for those who listen on the instance that publishes. */
export function fanoutContract(name: string, open: () => Promise<FanoutUnderTest>): void {
  let subject: FanoutUnderTest
  beforeEach(async () => {
    subject = await open()
  })
  afterEach(() => subject.close())

  test(`${name}: what is published is heard here at once, whole and in order, followed or not`, () => {
    const { fanout } = subject
    const heard: Publication[] = []
    fanout.subscribe((publication) => heard.push(publication))
    const roomId = newId<RoomId>()
    const said: Publication[] = [
      eventsOf(roomId, 1, 2),
      { kind: 'session-ended', sessionId: newId<SessionId>() },
      { kind: 'typing', roomId, user: someone, isTyping: true, head: 2 },
      eventsOf(roomId, 3),
    ]
    fanout.publish(said.slice(0, 2))
    fanout.publish(said.slice(2))
    expect(heard).toEqual(said)
  })

  test(`${name}: who has stopped listening hears no more`, () => {
    const { fanout } = subject
    const heard: Publication[] = []
    const stop = fanout.subscribe((publication) => heard.push(publication))
    stop()
    fanout.publish([eventsOf(newId<RoomId>(), 1)])
    expect(heard).toEqual([])
  })

  test(`${name}: a listener that throws keeps nothing from the others, and publishing never throws`, () => {
    const { fanout, faults } = subject
    const heard: Publication[] = []
    fanout.subscribe(() => {
      throw new Error('broken')
    })
    fanout.subscribe((publication) => heard.push(publication))
    fanout.publish([eventsOf(newId<RoomId>(), 1)])
    expect(heard.length).toBe(1)
    expect(faults.map(String)).toEqual(['Error: broken'])
  })

  test(`${name}: following may be asked for often and ends as often`, async () => {
    const { fanout } = subject
    const stream = roomStream(newId<RoomId>())
    await Promise.all([fanout.follow([stream]), fanout.follow([stream, roomStream(newId<RoomId>())])])
    expect(fanout.follow([stream])).toBeUndefined()
    fanout.unfollow([stream])
    fanout.unfollow([stream])
    expect(fanout.follow([stream])).toBeUndefined()
    expect(fanout.isDoubtful).toBe(false)
  })
}
