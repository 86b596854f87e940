import { expect, test } from 'bun:test'
import type { Event, Message, MessageId, RoomId, UserId } from '@parley/protocol'
import { attributed } from './attribute.ts'
import type { HistoryEntry } from './history-entry.ts'

const ROOM = 'one' as RoomId // as: an id like any other to what is tested here
const ANN = 'ann' as UserId // as: see above
const BOB = 'bob' as UserId // as: see above

test('a post carries its command, every other event goes to whoever was told its seq', () => {
  const entries = [
    ...done('create', 'create-room', { user: ANN, output: { roomId: ROOM, seq: 2 }, stream: undefined }),
    ...done('post', 'post-message', { output: { messageId: 'm', number: 1, seq: 3 } }),
    ...done('edit', 'edit-message', { output: { seq: 4 }, subject: 'm' }),
    ...done('noop', 'add-reaction', { output: { seq: 4 }, subject: 'm' }),
  ]
  const events = [
    event(1, 'room-created'),
    event(2, 'member-joined', { userId: ANN }),
    event(3, 'message-posted', { messageId: 'm' as MessageId }), // as: see above
    event(4, 'message-edited', { messageId: 'm' as MessageId }), // as: see above
  ]
  const rows = attributed(log(events, [{ id: 'm', commandId: 'post', number: 1 }]), entries)
  expect(rows.map(({ commandId, part }) => [commandId, part])).toEqual([
    ['create', 0],
    ['create', 1],
    ['post', 0],
    ['edit', 0],
  ])
  expect(rows[2]?.number).toBe(1)
})

test('what is done twice is given to its command twice, and what nobody asked for to nobody', () => {
  const entries = done('edit', 'edit-message', { output: { seq: 1 }, subject: 'm' })
  const messageId = 'm' as MessageId // as: see above
  const events = [
    event(1, 'message-edited', { messageId }),
    event(2, 'message-edited', { messageId }),
    event(3, 'message-deleted', { messageId }),
  ]
  expect(attributed(log(events), entries).map((row) => row.commandId)).toEqual(['edit', 'edit', "nobody's (3)"])
})

test('whoever was removed before they left has left by nothing, and the next leaving is the one in the log', () => {
  const entries = [
    ...done('enter 1', 'enter-room', { user: BOB, output: { seq: 1 } }),
    ...done('remove', 'remove-member', { output: { seq: 2 }, subject: BOB }),
    ...done('leave 1', 'leave-room', { user: BOB, output: {} }),
    ...done('enter 2', 'enter-room', { user: BOB, output: { seq: 3 } }),
    ...done('leave 2', 'leave-room', { user: BOB, output: {} }),
  ]
  const events = [
    event(1, 'member-joined', { actorId: BOB, userId: BOB }),
    event(2, 'member-removed', { userId: BOB }),
    event(3, 'member-joined', { actorId: BOB, userId: BOB }),
    event(4, 'member-left', { actorId: BOB, userId: BOB }),
  ]
  const ids = attributed(log(events), entries).map((row) => row.commandId)
  expect(ids).toEqual(['enter 1', 'remove', 'enter 2', 'leave 2'])
})

function event(seq: number, type: Event['type'], more: object = {}): Event {
  return { seq, type, at: 0, actorId: ANN, ...more } as Event // as: as much of it as is looked at
}

function log(events: readonly Event[], messages: readonly object[] = []) {
  return { roomId: ROOM, events, messages: messages as Message[], head: { seq: events.length, number: 0 } } // as: see `event`
}

let at = 0

/** A command that was sent and acknowledged. */
function done(
  id: string,
  name: string,
  { user = ANN, output, stream = `room:${ROOM}`, subject }: Doing,
): readonly HistoryEntry[] {
  const who = { client: user, user, id }
  at += 1
  const about = { ...(stream && name !== 'create-room' && { stream }), ...(subject !== undefined && { subject }) }
  return [
    { kind: 'invoke', at, ...who, name, ...about },
    { kind: 'ok', at, ...who, output },
  ]
}

interface Doing {
  readonly user?: UserId
  readonly output: object
  readonly stream?: string | undefined
  readonly subject?: string
}
