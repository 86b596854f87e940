import type { MessageId, RoomId } from '@parley/protocol'
import { roomStream } from '@parley/protocol'
import type { Log } from '../log.ts'
import type { Database, Writer } from './database.ts'
import { JobLoop, type JobLoopParts } from './job-loop.ts'
import { Lease } from './leases.ts'
import { statement } from './statement.ts'
import type { Tables } from './tables.ts'
import { eraseTexts } from './texts.ts'

const MESSAGES_PER_TURN = 200
const ROWS_PER_TURN = 500

type Job = Tables['erasures']
type Counts = Partial<Pick<Job, 'messages' | 'texts' | 'events' | 'reactions' | 'members'>>

/**
 * Erases what closing a room left behind, a few hundred rows a turn through the write queue, so that nobody waits for it, and
 * goes on after a crash where it stopped. A finished job is the receipt: it exists only when nothing is left. (SPEC D1)
 */
export class Eraser {
  readonly #db: Database
  readonly #log: Log
  readonly #now: () => number
  readonly #loop: JobLoop

  constructor(
    db: Database,
    log: Log,
    now: () => number,
    { againMs, lease = new Lease(db, 'eraser') }: Partial<Pick<JobLoopParts, 'againMs' | 'lease'>> = {},
  ) {
    this.#db = db
    this.#log = log
    this.#now = now
    this.#loop = new JobLoop({
      lease,
      isShared: db.dialect === 'postgres',
      hasJob: async () => (await db.read((reader) => reader.first(someJob, {}))) !== undefined,
      takeTurn: () => this.#takeTurn(),
      failed: (err) =>
        log.error({ err }, 'The eraser failed; it goes on in a moment, or with the next closing or start.'),
      ...(againMs !== undefined && { againMs }),
    })
  }

  /** Called at start and after every closing. */
  wake(): void {
    this.#loop.wake()
  }

  /** Resolves when every job is finished; for tests and for stopping. */
  settled(): Promise<void> {
    return this.#loop.settled()
  }

  stop(): Promise<void> {
    return this.#loop.stop()
  }

  async #takeTurn(): Promise<boolean> {
    const turn = await this.#db.write((writer) => takeTurn(writer))
    if (turn?.isLast) await this.#finish(turn.job)
    return turn !== undefined
  }

  // The receipt is written only after the log on disk holds none of the old bytes.
  async #finish(job: Job): Promise<void> {
    if (!(await this.#loop.until(() => this.#db.scrub()))) return
    const finished = await this.#db.write((writer) => writer.run(finish, { subject: job.subject, at: this.#now() }))
    await this.#db.scrub()
    if (finished === 0) return // Another instance was as quick.
    this.#log.info({ room: job.subject, ms: this.#now() - job.requested_at }, 'A closed room is erased.')
  }
}

async function takeTurn(writer: Writer): Promise<{ job: Job; isLast: boolean } | undefined> {
  const job = await writer.first(nextJob, {})
  if (!job) return undefined
  const counts = await eraseSome(writer, job.subject as RoomId) // as: jobs of kind `room` name a room
  if (!counts) return { job, isLast: true }
  await writer.run(count, {
    subject: job.subject,
    messages: 0,
    texts: 0,
    events: 0,
    reactions: 0,
    members: 0,
    ...counts,
  })
  return { job, isLast: false }
}

/** One turn's worth; undefined when nothing is left. */
async function eraseSome(writer: Writer, roomId: RoomId): Promise<Counts | undefined> {
  const messages = await writer.all(someMessages, { roomId, limit: MESSAGES_PER_TURN })
  const last = messages.at(-1)
  if (last) {
    const texts = await eraseTexts(
      writer,
      messages.map((message) => message.text_id),
    )
    const reactions = await writer.run(removeReactions, { ids: messages.map((message) => message.id) })
    await writer.run(removeMessages, { roomId, upTo: last.number })
    return { messages: messages.length, texts, reactions }
  }
  const events = await writer.run(removeEvents, { stream: roomStream(roomId), limit: ROWS_PER_TURN })
  if (events > 0) return { events }
  const members = await writer.run(removeMembers, { roomId, limit: ROWS_PER_TURN })
  if (members > 0) return { members }
  for (const remove of [removeMarkers, removeBans, removeAbsences, removeInvitations]) {
    if ((await writer.run(remove, { roomId, limit: ROWS_PER_TURN })) > 0) return {}
  }
  return undefined
}

const someJob = statement<object, Pick<Job, 'subject'>>(({ db }) =>
  db.selectFrom('erasures').select('subject').where('kind', '=', 'room').where('finished_at', 'is', null).limit(1),
)
// Several instances share the jobs: a turn belongs to whoever locked its row. (PostgreSQL)
const nextJob = statement<object, Job>(({ db, dialect }) => {
  const query = db
    .selectFrom('erasures')
    .selectAll()
    .where('kind', '=', 'room')
    .where('finished_at', 'is', null)
    .orderBy('requested_at')
    .limit(1)
  return dialect === 'postgres' ? query.forUpdate().skipLocked() : query
})
const someMessages = statement<{ roomId: RoomId; limit: number }, { number: number; id: MessageId; text_id: number }>(
  ({ db, params }) =>
    db
      .selectFrom('messages')
      .select(['number', 'id', 'text_id'])
      .where('room_id', '=', params.roomId)
      .orderBy('number')
      .limit(params.limit),
)
const removeReactions = statement<{ ids: readonly MessageId[] }>(({ db, params, isOneOf }) =>
  db.deleteFrom('reactions').where(isOneOf('reactions.message_id', params.ids)),
)
const removeMessages = statement<{ roomId: RoomId; upTo: number }>(({ db, params }) =>
  db.deleteFrom('messages').where('room_id', '=', params.roomId).where('number', '<=', params.upTo),
)
const removeEvents = statement<{ stream: ReturnType<typeof roomStream>; limit: number }>(({ db, params }) =>
  db
    .deleteFrom('events')
    .where('stream', '=', params.stream)
    .where('seq', 'in', (eb) =>
      eb.selectFrom('events').select('seq').where('stream', '=', params.stream).orderBy('seq').limit(params.limit),
    ),
)
const removeMembers = statement<{ roomId: RoomId; limit: number }>(({ db, params }) =>
  db
    .deleteFrom('members')
    .where('room_id', '=', params.roomId)
    .where('user_id', 'in', (eb) =>
      eb.selectFrom('members').select('user_id').where('room_id', '=', params.roomId).limit(params.limit),
    ),
)
const removeMarkers = statement<{ roomId: RoomId; limit: number }>(({ db, params }) =>
  db
    .deleteFrom('read_markers')
    .where('room_id', '=', params.roomId)
    .where('user_id', 'in', (eb) =>
      eb.selectFrom('read_markers').select('user_id').where('room_id', '=', params.roomId).limit(params.limit),
    ),
)
const removeBans = statement<{ roomId: RoomId; limit: number }>(({ db, params }) =>
  db
    .deleteFrom('bans')
    .where('room_id', '=', params.roomId)
    .where('user_id', 'in', (eb) =>
      eb.selectFrom('bans').select('user_id').where('room_id', '=', params.roomId).limit(params.limit),
    ),
)
const removeAbsences = statement<{ roomId: RoomId; limit: number }>(({ db, params }) =>
  db
    .deleteFrom('absences')
    .where('room_id', '=', params.roomId)
    .where('user_id', 'in', (eb) =>
      eb.selectFrom('absences').select('user_id').where('room_id', '=', params.roomId).limit(params.limit),
    ),
)
const removeInvitations = statement<{ roomId: RoomId; limit: number }>(({ db, params }) =>
  db
    .deleteFrom('invitations')
    .where('id', 'in', (eb) =>
      eb.selectFrom('invitations').select('id').where('room_id', '=', params.roomId).limit(params.limit),
    ),
)
const count = statement<{ subject: string } & Required<Counts>>(({ db, params }) =>
  db
    .updateTable('erasures')
    .set((eb) => ({
      messages: eb('messages', '+', params.messages),
      texts: eb('texts', '+', params.texts),
      events: eb('events', '+', params.events),
      reactions: eb('reactions', '+', params.reactions),
      members: eb('members', '+', params.members),
    }))
    .where('subject', '=', params.subject),
)
const finish = statement<{ subject: string; at: number }>(({ db, params }) =>
  db
    .updateTable('erasures')
    .set({ finished_at: params.at })
    .where('subject', '=', params.subject)
    .where('finished_at', 'is', null),
)
