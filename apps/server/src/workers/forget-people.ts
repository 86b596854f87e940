import type { RoomId, User, UserId } from '@parley/protocol'
import { type StreamId, userStream } from '@parley/protocol'
import type { ForgetInRoom, Forgotten } from '../commands/forget-in-room.ts'
import type { Log } from '../log.ts'
import type { Database } from '../storage/database.ts'
import { JobLoop, type JobLoopParts, pause } from '../storage/job-loop.ts'
import { Lease } from '../storage/leases.ts'
import { statement } from '../storage/statement.ts'
import type { Tables } from '../storage/tables.ts'
import { readUsers } from '../storage/users.ts'

const PAUSE_MS = 2

export interface ForgetParts {
  readonly db: Database
  readonly log: Pick<Log, 'info' | 'error'>
  readonly passRooms: (userId: UserId) => Promise<void>
  readonly forgetInRoom: (person: User, input: ForgetInRoom) => Promise<Forgotten>
  /** Epoch ms. */
  readonly now: () => number
  /** Default: this job's own. */
  readonly lease?: JobLoopParts['lease']
}

type Job = Tables['erasures']

/**
 * Sees to what people left behind who deleted their accounts: their rooms are handed on, then room by room, a few dozen
 * messages a turn, the rest. It goes on after a crash where it stopped: what is done already is simply not found again.
 * A finished job is the receipt. (SPEC U8)
 */
export class ForgetPeople {
  readonly #parts: ForgetParts
  readonly #loop: JobLoop

  constructor(parts: ForgetParts) {
    this.#parts = parts
    this.#loop = new JobLoop({
      lease: parts.lease ?? new Lease(parts.db, 'forget-people'),
      isShared: parts.db.dialect === 'postgres',
      hasJob: async () => (await this.#nextJob()) !== undefined,
      takeTurn: () => this.#takeTurn(),
      failed: (err) =>
        parts.log.error({ err }, 'A deleted account could not be seen to; it is tried again in a moment.'),
    })
  }

  /** Called at start and after every deletion. */
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

  #nextJob(): Promise<Job | undefined> {
    return this.#parts.db.read((reader) => reader.first(nextJob, {}))
  }

  async #takeTurn(): Promise<boolean> {
    const job = await this.#nextJob()
    if (job) await this.#forget(job)
    return job !== undefined
  }

  async #forget(job: Job): Promise<void> {
    const { db, log, now, passRooms } = this.#parts
    const userId = job.subject as UserId // as: jobs of these kinds name a person
    const [person] = await db.read((reader) => readUsers(reader, [userId]))
    if (person) {
      await passRooms(userId)
      const rooms = await db.read((reader) => reader.all(roomsOf, { userId, stream: userStream(userId) }))
      for (const { room_id } of rooms) if (!(await this.#forgetIn(room_id, person, job))) return
    }
    // The receipt is written only after the log on disk holds none of the old bytes.
    if (!(await this.#loop.until(() => db.scrub()))) return
    if ((await db.write((writer) => writer.run(finish, { userId, at: now() }))) === 0) return
    log.info({ user: userId, ms: now() - job.requested_at }, 'A deleted account is seen to.')
  }

  /** False when it was stopped before the end. */
  async #forgetIn(roomId: RoomId, person: User, job: Job): Promise<boolean> {
    const erases = job.kind === 'person'
    let after: number | undefined = 0
    while (after !== undefined) {
      if (!(await this.#loop.mayGoOn())) return false
      const { next }: Forgotten = await this.#parts.forgetInRoom(person, { roomId, userId: person.id, after, erases })
      after = next
      await pause(PAUSE_MS)
    }
    return true
  }
}

const nextJob = statement<object, Job>(({ db }) =>
  db
    .selectFrom('erasures')
    .selectAll()
    .where('kind', 'in', ['person', 'name'])
    .where('finished_at', 'is', null)
    .orderBy('requested_at')
    .limit(1),
)
// Every room that they ever entered: they may have left, and their messages stayed.
const roomsOf = statement<{ userId: UserId; stream: StreamId }, { room_id: RoomId }>(({ db, params }) =>
  db
    .selectFrom('rooms as r')
    .select('r.id as room_id')
    .where((eb) =>
      eb.or([
        eb.exists(
          eb
            .selectFrom('members as m')
            .select('m.room_id')
            .whereRef('m.room_id', '=', 'r.id')
            .where('m.user_id', '=', params.userId),
        ),
        eb(
          'r.id',
          'in',
          eb
            .selectFrom('events as e')
            // as: the subject of this kind of event is a room.
            .select((own) => own.ref('e.subject').$castTo<RoomId>().as('room_id'))
            .where('e.stream', '=', params.stream)
            .where('e.type', '=', 'room-entered'),
        ),
      ]),
    )
    .orderBy('r.id'),
)
const finish = statement<{ userId: UserId; at: number }>(({ db, params }) =>
  db
    .updateTable('erasures')
    .set({ finished_at: params.at })
    .where('subject', '=', params.userId)
    .where('finished_at', 'is', null),
)
