import type { RoomId, User, UserId } from '@parley/protocol'
import { type StreamId, userStream } from '@parley/protocol'
import type { ForgetInRoom, Forgotten } from '../commands/forget-in-room.ts'
import type { Log } from '../log.ts'
import type { Database } from '../storage/database.ts'
import { statement } from '../storage/statement.ts'
import type { Tables } from '../storage/tables.ts'
import { readUsers } from '../storage/users.ts'

const PAUSE_MS = 2
const RETRY_MS = 250
/** After a failure: a full disk, a database that is away. */
const AGAIN_MS = 10_000

export interface ForgetParts {
  readonly db: Database
  readonly log: Pick<Log, 'info' | 'error'>
  readonly passRooms: (userId: UserId) => Promise<void>
  readonly forgetInRoom: (person: User, input: ForgetInRoom) => Promise<Forgotten>
  /** Epoch ms. */
  readonly now: () => number
}

type Job = Tables['erasures']

/**
 * Sees to what people left behind who deleted their accounts: their rooms are handed on, then room by room, a few dozen
 * messages a turn, the rest. It goes on after a crash where it stopped: what is done already is simply not found again.
 * A finished job is the receipt. (SPEC U8)
 */
export class ForgetPeople {
  readonly #parts: ForgetParts
  #isAwake = false
  #wasCalled = false
  #isStopped = false
  #again: ReturnType<typeof setTimeout> | undefined
  #round: Promise<void> = Promise.resolve()

  constructor(parts: ForgetParts) {
    this.#parts = parts
  }

  /** Called at start and after every deletion. */
  wake(): void {
    this.#wasCalled = true
    if (this.#isAwake || this.#isStopped) return
    this.#isAwake = true
    clearTimeout(this.#again)
    this.#round = this.#work().catch((err: unknown) => {
      this.#parts.log.error({ err }, 'A deleted account could not be seen to; it is tried again in a moment.')
      if (!this.#isStopped) this.#again = setTimeout(() => this.wake(), AGAIN_MS)
    })
  }

  /** Resolves when every job is finished; for tests and for stopping. */
  async settled(): Promise<void> {
    await this.#round
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#again)
    await this.#round
  }

  async #work(): Promise<void> {
    try {
      while (!this.#isStopped) {
        this.#wasCalled = false
        const job = await this.#parts.db.read((reader) => reader.first(nextJob, {}))
        if (job) await this.#forget(job)
        // Somebody may have deleted their account between the look and the answer.
        else if (!this.#wasCalled) return
      }
    } finally {
      this.#isAwake = false
    }
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
    while (!(await db.scrub())) {
      if (this.#isStopped) return
      await pause(RETRY_MS)
    }
    await db.write((writer) => writer.run(finish, { userId, at: now() }))
    log.info({ user: userId, ms: now() - job.requested_at }, 'A deleted account is seen to.')
  }

  /** False when it was stopped before the end. */
  async #forgetIn(roomId: RoomId, person: User, job: Job): Promise<boolean> {
    const erases = job.kind === 'person'
    let after: number | undefined = 0
    while (after !== undefined) {
      if (this.#isStopped) return false
      const { next }: Forgotten = await this.#parts.forgetInRoom(person, { roomId, userId: person.id, after, erases })
      after = next
      await pause(PAUSE_MS)
    }
    return true
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

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
  db.updateTable('erasures').set({ finished_at: params.at }).where('subject', '=', params.userId),
)
