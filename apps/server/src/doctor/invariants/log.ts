import { type RoomId, roomOfStream, type StreamId } from '@parley/protocol'
import type { Reader } from '../../storage/database.ts'
import { statement } from '../../storage/statement.ts'
import { type Key, readPage } from '../../storage/table-pages.ts'
import type { Tables } from '../../storage/tables.ts'
import { allOr, type Finding, ok, Trouble } from '../finding.ts'
import { type Piece, RESTORE, ROWS_PER_PIECE } from '../piece.ts'
import { roomsBeingErased } from './known-rooms.ts'
import { LogStory } from './log-story.ts'

/**
 * Reads every stream from its first event to its last: seqs without holes up to the head, message numbers without holes,
 * members and roles as the log says. Committed events never change, so a stream may be read over several pieces; it is judged
 * in the piece that holds its end. (SPEC S1)
 */
export async function examineLog(piece: Piece): Promise<Finding[]> {
  const walk = new LogWalk()
  let after: Key | undefined
  for (;;) {
    const from: Key | undefined = after
    after = await piece((reader) => walk.step(reader, from))
    if (after === undefined) return walk.findings()
  }
}

type EventRow = Pick<Tables['events'], 'stream' | 'seq' | 'type' | 'subject' | 'number' | 'data'>

class LogWalk {
  readonly #holes = new Trouble({ about: 'log', says: 'Events are missing', remedy: RESTORE })
  readonly #doubled = new Trouble({ about: 'log', says: 'Places in the log are taken twice', remedy: RESTORE })
  readonly #heads = new Trouble({ about: 'log', says: 'A head disagrees with its log', remedy: RESTORE })
  readonly #numbers = new Trouble({ about: 'log', says: 'Numbers of messages are broken', remedy: RESTORE })
  readonly #orphans = new Trouble({
    about: 'log',
    says: 'Events are left of what is gone',
    remedy: RESTORE,
  })
  readonly #members = new Trouble({ about: 'members', says: 'Members disagree with the log', remedy: RESTORE })
  readonly #roles = new Trouble({ about: 'members', says: 'Roles disagree with the log', remedy: RESTORE })
  #open: { readonly stream: StreamId; readonly story: LogStory } | undefined
  /** Everything before this stream was judged. */
  #from = ''
  #streams = 0
  #events = 0

  /** Where to go on; undefined at the end. */
  async step(reader: Reader, after: Key | undefined): Promise<Key | undefined> {
    const columns = ['stream', 'seq', 'type', 'subject', 'number', 'data']
    const page = await readPage(reader, { table: 'events', columns, after }, ROWS_PER_PIECE)
    const rows = page as unknown as EventRow[] // as: these very columns
    const isLast = rows.length < ROWS_PER_PIECE
    const ended = new Map<StreamId, LogStory>()
    for (const row of rows) {
      if (this.#open?.stream !== row.stream) {
        if (this.#open) ended.set(this.#open.stream, this.#open.story)
        this.#open = { stream: row.stream, story: new LogStory() }
      }
      this.#open.story.add(row)
    }
    this.#events += rows.length
    if (isLast && this.#open) {
      ended.set(this.#open.stream, this.#open.story)
      this.#open = undefined
    }
    const last = rows.at(-1)
    await this.#judge(reader, ended, isLast || !last ? END : last.stream)
    return isLast || !last ? undefined : [last.stream, last.seq]
  }

  findings(): Finding[] {
    const says = `${this.#events.toLocaleString('en')} events in ${this.#streams.toLocaleString('en')} streams, without holes, up to their heads`
    return [
      ...allOr(ok('log', says), [this.#holes, this.#doubled, this.#heads, this.#numbers, this.#orphans]),
      ...allOr(ok('members', 'members and roles are what the log says'), [this.#members, this.#roles]),
    ]
  }

  /** Streams from where the last piece stopped to right before `end`. */
  async #judge(reader: Reader, ended: ReadonlyMap<StreamId, LogStory>, end: string): Promise<void> {
    const range = { from: this.#from, end }
    this.#from = end
    const heads = new Map<StreamId, Tables['streams']>()
    const used = await reader.all(usedStreams, range)
    const read = await reader.lookup(
      'streams',
      ['id'],
      [...ended.keys()].map((id) => ({ id })),
    )
    for (const row of [...used, ...read]) heads.set(row.id, row)
    await this.#judgeGone(reader, new Map([...ended].filter(([id]) => !heads.has(id))))
    const members = await membersBetween(reader, range)
    for (const [id, head] of heads) {
      const story = ended.get(id) ?? new LogStory()
      this.#streams += 1
      this.#judgeStream(head, story)
      const roomId = roomOfStream(id)
      if (roomId !== undefined) this.#judgeMembers(roomId, story, members.get(roomId) ?? [])
    }
  }

  /** Events whose stream is not there, unless the eraser is at it, or has been since an earlier piece. */
  async #judgeGone(reader: Reader, gone: ReadonlyMap<StreamId, LogStory>): Promise<void> {
    if (gone.size === 0) return
    const erased = await roomsBeingErased(
      reader,
      [...gone.keys()].flatMap((id) => roomOfStream(id) ?? []),
    )
    const still = await reader.lookup(
      'events',
      ['stream', 'seq'],
      [...gone].map(([stream, story]) => ({ stream, seq: story.last })),
    )
    for (const { stream } of still) {
      const roomId = roomOfStream(stream)
      if (roomId === undefined || !erased.has(roomId)) this.#orphans.note(`${gone.get(stream)?.events} of ${stream}`)
    }
  }

  #judgeStream({ id, head, floor, number }: Tables['streams'], story: LogStory): void {
    for (const hole of story.holes(floor)) this.#holes.note(`${hole} of ${id} (its head is ${head})`)
    for (const seq of story.doubled) this.#doubled.note(`seq ${seq} of ${id}`)
    if (head !== Math.max(story.last, floor)) this.#heads.note(`${id} says ${head}, its log ends at ${story.last}`)
    for (const broken of story.brokenNumbers) this.#numbers.note(`${broken} in ${id}`)
    if (number !== story.number) this.#numbers.note(`${id} says ${number}, the last that was posted is ${story.number}`)
  }

  #judgeMembers(roomId: RoomId, story: LogStory, rows: readonly Tables['members'][]): void {
    const there = new Map(rows.map((row) => [String(row.user_id), row.role]))
    for (const [userId, role] of story.members) {
      const actual = there.get(userId)
      if (actual === undefined) this.#members.note(`${userId} should be a member of ${roomId}`)
      else if (actual === 'moderator' ? role === 'member' : role === 'moderator')
        this.#roles.note(`${userId} is ${actual} in ${roomId} and should be ${role}`)
    }
    for (const userId of there.keys())
      if (!story.members.has(userId)) this.#members.note(`${userId} should not be a member of ${roomId}`)
  }
}

/** Sorts after every stream. */
const END = '\u{10ffff}'

interface Range {
  readonly from: string
  /** Not with it. */
  readonly end: string
}

const usedStreams = statement<Range, Tables['streams']>(({ db, params }) =>
  db
    .selectFrom('streams')
    .selectAll()
    // as: ids are compared as text.
    .where('id', '>=', params.from as StreamId)
    .where('id', '<', params.end as StreamId) // as: likewise
    // Of those that nothing ever happened in there may be many; they are in the log or nowhere.
    .where((eb) => eb.or([eb('head', '>', 0), eb('number', '>', 0)])),
)

/** Of rooms whose streams lie between. */
async function membersBetween(reader: Reader, { from, end }: Range): Promise<Map<RoomId, Tables['members'][]>> {
  const byRoom = new Map<RoomId, Tables['members'][]>()
  for (const row of await reader.all(membersOf, { from: roomFrom(from), end: roomFrom(end) })) {
    const known = byRoom.get(row.room_id)
    if (known) known.push(row)
    else byRoom.set(row.room_id, [row])
  }
  return byRoom
}

/** The first room whose stream does not lie before this one. */
function roomFrom(stream: string): string {
  return stream === '' ? '' : (roomOfStream(stream as StreamId) ?? END) // as: streams of people come after those of rooms
}

const membersOf = statement<Range, Tables['members']>(
  ({ db, params }) =>
    db
      .selectFrom('members')
      .selectAll()
      // as: ids are compared as text.
      .where('room_id', '>=', params.from as RoomId)
      .where('room_id', '<', params.end as RoomId), // as: likewise,
)
