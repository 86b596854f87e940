import type { MessagePage, RoomId, ServerFrame } from '@parley/protocol'
import { Refusal } from '../../apps/server/src/rules/refusal.ts'
import type { Contender } from './interleave.ts'
import type { WatchedRooms, Watcher } from './watched-room.ts'

export interface RemovalCast {
  readonly ann: Contender
  readonly bob: Contender
  readonly cid: Contender
}

/** What a race has shown, for the totals. */
export interface RemovalOutcome {
  readonly problems: readonly string[]
  /** Posts of the removed person that were stored before the removal, and those that were refused. */
  readonly stored: number
  readonly refused: number
  /** Events and snapshots that reached the removed person's devices. */
  readonly delivered: number
}

export async function castOf(rooms: WatchedRooms): Promise<RemovalCast> {
  return { ann: await rooms.person('Ann'), bob: await rooms.person('Bob'), cid: await rooms.person('Cid') }
}

/**
 * Ann removes Bob while he posts, and while his devices follow the room live, come back with an old cursor, open it afresh,
 * look elsewhere and ask for a page. Nothing after the removal may reach any of them, and nothing of his may stand after it.
 * (SPEC O1)
 */
export async function raceRemoval(
  rooms: WatchedRooms,
  { ann, bob, cid }: RemovalCast,
  { seed, stepped }: { readonly seed: number; readonly stepped: boolean },
): Promise<RemovalOutcome> {
  const roomId = await rooms.room(ann)
  await Promise.all([
    bob.here.does('enter-room', { roomId }),
    cid.here.does('enter-room', { roomId }),
    ...['one', 'two'].map((body) => cid.here.does('post-message', { roomId, body })),
  ])
  const [live, returning, fresh, elsewhere, witness] = await Promise.all([
    rooms.watcher(bob, 'here'),
    rooms.watcher(bob, 'there'),
    rooms.watcher(bob, 'there'),
    rooms.watcher(bob, 'here'),
    rooms.watcher(cid, 'there'),
  ])
  live.opens(roomId)
  witness.opens(roomId)
  await rooms.quiet()

  const problems: string[] = []
  let removedAt = 0
  const tally = { stored: 0, refused: 0 }
  const posts = async (body: string) => {
    try {
      await bob.there.does('post-message', { roomId, body })
      tally.stored += 1
    } catch (error) {
      if (!isRefusal(error, ['not-a-member', 'busy'])) throw error
      tally.refused += 1
    }
  }
  let pageSeq = 0
  const asks = async () => {
    try {
      const page = await bob.here.state.query(bob.actor, 'list-messages', { roomId })
      pageSeq = (page as MessagePage).seq // as: what this query answers
    } catch (error) {
      if (!isRefusal(error, ['not-a-member'])) throw error
    }
  }
  const noted = (act: () => Promise<unknown>) => () => act().catch((error) => void problems.push(String(error)))
  const contest = [
    noted(async () => {
      removedAt = (await ann.here.does('remove-member', { roomId, userId: bob.actor.user.id })).seq
    }),
    noted(() => posts('first')),
    noted(() => posts('second')),
    noted(() => cid.there.does('post-message', { roomId, body: 'of Cid' })),
    noted(() => ann.there.does('post-message', { roomId, body: 'of Ann' })),
    noted(asks),
    () => returning.opens(roomId, 2),
    () => fresh.opens(roomId),
    () => witness.types(roomId),
  ]
  await rooms.race(seed, { stepped, contest })
  // A lock that was not had in time stores nothing; the removal is then simply repeated.
  if (removedAt === 0) {
    problems.length = 0
    removedAt = (await ann.here.does('remove-member', { roomId, userId: bob.actor.user.id })).seq
  }
  const last = await cid.here.does('post-message', { roomId, body: 'after the removal' })
  witness.types(roomId)
  returning.opens(roomId, 2)
  await rooms.quiet()

  const log = await rooms.log(roomId)
  const late = log.filter((row) => row.actorId === bob.actor.user.id && row.seq > removedAt)
  if (late.length > 0) problems.push(`stored after the removal at ${removedAt}: ${JSON.stringify(late)}`)
  if (log.filter((row) => row.actorId === bob.actor.user.id && row.type === 'message-posted').length !== tally.stored)
    problems.push('what was acknowledged is not what was stored')
  if (pageSeq > removedAt) problems.push(`a page of seq ${pageSeq} after the removal at ${removedAt}`)
  for (const [name, watcher] of Object.entries({ live, returning, fresh, elsewhere })) {
    problems.push(...leaksTo(watcher, roomId, removedAt).map((leak) => `${name}: ${leak}`))
  }
  if (!live.frames.some((frame) => frame.type === 'closed')) problems.push('live: was never told that it is over')
  const seen = live.seqsOf(roomId).at(-1)
  // With two instances the news may come in disorder; what is missing is then read from the log, which is refused.
  if (rooms.databaseName === 'sqlite' && seen !== removedAt)
    problems.push(`live: ended at ${seen} and not at the removal, ${removedAt}`)
  if (witness.seqsOf(roomId).at(-1) !== last.seq) problems.push('the others were cut off as well')
  const delivered = [live, returning, fresh].reduce((sum, watcher) => sum + watcher.seqsOf(roomId).length, 0)
  for (const watcher of [live, returning, fresh, elsewhere, witness]) watcher.hangsUp()
  return { problems, delivered, ...tally }
}

/** What reached a device that should not have. */
export function leaksTo(watcher: Pick<Watcher, 'frames' | 'seqsOf'>, roomId: RoomId, removedAt: number): string[] {
  const leaks = watcher.seqsOf(roomId).flatMap((seq) => (seq > removedAt ? [`seq ${seq} after ${removedAt}`] : []))
  const end = watcher.frames.findIndex((frame) => isEnd(frame, roomId))
  const later = end === -1 ? [] : watcher.frames.slice(end + 1)
  for (const frame of later) {
    const isFarewell = isEnd(frame, roomId) || frame.type === 'closed'
    if (!isFarewell && JSON.stringify(frame).includes(roomId)) leaks.push(`after the end: ${JSON.stringify(frame)}`)
  }
  return leaks
}

/** The own event that says that the room is none of theirs any more. */
function isEnd(frame: ServerFrame, roomId: RoomId): boolean {
  if (frame.type !== 'events' || !frame.stream.startsWith('user:')) return false
  return frame.events.some((event) => event.type === 'room-left' && event.roomId === roomId)
}

function isRefusal(error: unknown, codes: readonly string[]): boolean {
  return error instanceof Refusal && codes.includes(error.code)
}
