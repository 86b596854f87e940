import { type StreamId, type User, type UserId, userStream } from '@parley/protocol'
import { sql } from 'kysely'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Database, Writer } from '../storage/database.ts'
import { Lease } from '../storage/leases.ts'
import { statement } from '../storage/statement.ts'
import { eraseTexts } from '../storage/texts.ts'

const HOUR_MS = 60 * 60_000
const SOON_MS = 60_000
/** Of several instances, one does it; the others do not begin again before this has passed. */
const DONE_FOR_MS = HOUR_MS - 5 * SOON_MS
/** A guest's name is freed this long after the last session. (SPEC A7) */
export const GUEST_LIFETIME_MS = 30 * 24 * HOUR_MS
/** Somebody who never did anything and cannot come back is forgotten after this. (SPEC H3) */
export const UNUSED_LIFETIME_MS = HOUR_MS
const ROWS_PER_TURN = 500
/** A person is a dozen rows in all. */
const PEOPLE_PER_TURN = 100
const PAUSE_MS = 2

export interface ExpireParts {
  readonly db: Database
  /** Epoch ms. */
  readonly now: () => number
  readonly log: Pick<Log, 'info' | 'error'>
  /**
   * Hands each room of an expired guest to its longest member, as an event in the room's log (`owner-changed`). Called again
   * at the next run while the guest still owns one. (SPEC G5)
   */
  readonly passRooms: (userId: UserId) => Promise<void>
}

export interface Expired {
  sessions: number
  entries: number
  /** Guests whose name is free again. */
  names: number
  /** Guests whose rooms were passed on. */
  owners: number
  /** People without a trace who were removed. */
  people: number
}

/**
 * Runs a minute after the start and then hourly; returns how to stop, which waits for the turn under way. Of several instances
 * one does it; the others look again when its lease ends, which is soon when it was killed while it worked.
 */
export function keepExpiring(parts: Omit<ExpireParts, 'now'> & { readonly clock: Clock }): () => Promise<void> {
  const { clock, log } = parts
  const lease = new Lease(parts.db, 'expire-guests')
  let isStopped = false
  let round: Promise<unknown> = Promise.resolve()
  let callOff = clock.after(SOON_MS, run)

  function run(): void {
    callOff = clock.after(HOUR_MS, run)
    round = turn().catch((err: unknown) =>
      log.error({ err }, 'Expired guests could not be let go; it is tried again in an hour.'),
    )
  }

  async function turn(): Promise<void> {
    const mayGoOn = async () => !isStopped && (await lease.hold())
    if (!(await mayGoOn())) {
      if (isStopped) return
      callOff()
      callOff = clock.after(Math.min(HOUR_MS, lease.waitMs + 1), run)
      return
    }
    await expireGuests({ ...parts, now: () => clock.now() }, mayGoOn)
    if (isStopped) await lease.release()
    else await lease.keepFor(DONE_FOR_MS)
  }

  return async () => {
    isStopped = true
    callOff()
    await round
  }
}

/**
 * Ends what has outlived its time: sessions, receipts of `enter`, names of guests who stay away, people who left no trace.
 * People are walked through in pages by id, so that no turn takes long however many there are.
 */
export async function expireGuests(
  parts: ExpireParts,
  mayGoOn: () => Promise<boolean> = async () => true,
): Promise<Expired> {
  const { db, log } = parts
  const expired: Expired = { sessions: 0, entries: 0, names: 0, owners: 0, people: 0 }
  expired.entries = await inTurns(db, mayGoOn, (writer) =>
    writer.run(deleteEntries, { now: parts.now(), most: ROWS_PER_TURN }),
  )
  await inTurns(db, mayGoOn, (writer) => writer.run(deleteVerifications, { now: parts.now(), most: ROWS_PER_TURN }))

  let after = ''
  while (await mayGoOn()) {
    const now = parts.now()
    const page = await db.read((reader) => reader.all(pageOfPeople, { after, now, most: PEOPLE_PER_TURN }))
    await expirePage(parts, page, now, expired)
    if (page.length < PEOPLE_PER_TURN) break
    after = page.at(-1)?.id ?? ''
    await pause()
  }
  if (expired.people > 0) await db.scrub()
  if (Object.values(expired).some((count) => count > 0)) log.info({ ...expired }, 'Let go what has expired.')
  return expired
}

async function expirePage(parts: ExpireParts, page: readonly Person[], now: number, expired: Expired): Promise<void> {
  const { db } = parts
  const idsOf = (people: readonly Person[]) => people.map(({ id }) => id)
  const ended = idsOf(page.filter((person) => person.ended_at !== null))
  const unused = idsOf(page.filter((person) => isUnused(person, now)))
  const away = page.filter((person) => isAway(person, now) && !unused.includes(person.id))
  const named = idsOf(away.filter((person) => person.has_name === 1))

  if (ended.length > 0) {
    expired.sessions += await db.write(async (writer) => {
      await writer.run(noteEnd, { ids: ended, now })
      return writer.run(deleteSessions, { ids: ended, now })
    })
  }
  if (unused.length > 0) expired.people += await db.write((writer) => removePeople(writer, unused))
  if (named.length > 0) {
    await db.write((writer) => writer.run(freeNames, { ids: named }))
    expired.names += named.length
  }
  for (const owner of away.filter((person) => person.is_owner === 1)) expired.owners += await pass(parts, owner.id)
}

function lastSeenAt({ updated_at, ended_at }: Person): number {
  return Math.max(updated_at, ended_at ?? 0)
}

function isAway(person: Person, now: number): boolean {
  return person.kind === 'guest' && person.is_signed_in === 0 && lastSeenAt(person) <= now - GUEST_LIFETIME_MS
}

/** Nothing ever happened to them, nobody can sign in as them, and the one who might have been about to had an hour. */
function isUnused(person: Person, now: number): boolean {
  const isTraceless = person.head === 0 && person.is_owner === 0
  const mayComeBack = person.is_signed_in === 1 || person.has_credential === 1
  return isTraceless && !mayComeBack && Math.max(person.created_at, lastSeenAt(person)) <= now - UNUSED_LIFETIME_MS
}

async function removePeople(writer: Writer, ids: readonly UserId[]): Promise<number> {
  // Asked again under the lock: since the page was read one of them may have got a credential.
  const removed = await writer.all(deletePeople, { ids })
  const gone = removed.map(({ id }) => id)
  await writer.run(deleteKeys, { ids: gone })
  await writer.run(deleteStreams, { ids: gone.map(userStream) })
  await eraseTexts(
    writer,
    removed.flatMap((row) => [row.handle_text, row.name_text]),
  )
  return gone.length
}

async function pass({ passRooms, log }: ExpireParts, userId: UserId): Promise<number> {
  try {
    await passRooms(userId)
    return 1
  } catch (err) {
    // One room that cannot be passed on must not keep everybody else from expiring; the next run tries it again.
    log.error({ err, userId }, 'The rooms of an expired guest could not be passed on.')
    return 0
  }
}

async function inTurns(
  db: Database,
  mayGoOn: () => Promise<boolean>,
  turn: (writer: Writer) => Promise<number>,
): Promise<number> {
  let total = 0
  while (await mayGoOn()) {
    const changed = await db.write(turn)
    total += changed
    if (changed < ROWS_PER_TURN) break
    await pause()
  }
  return total
}

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS))

interface Person {
  readonly id: UserId
  readonly kind: User['kind']
  readonly created_at: number
  readonly updated_at: number
  /** When the last of the sessions ended that are still to be deleted. */
  readonly ended_at: number | null
  readonly is_signed_in: number
  readonly has_credential: number
  readonly has_name: number
  readonly is_owner: number
  readonly head: number
}

const pageOfPeople = statement<{ after: string; now: number; most: number }, Person>(({ db, params }) =>
  db
    .selectFrom('users as u')
    .leftJoin('streams as s', (join) => join.on((eb) => eb('s.id', '=', sql<StreamId>`'user:' || ${eb.ref('u.id')}`)))
    .select(['u.id', 'u.kind', 'u.created_at', 'u.updated_at'])
    .select((eb) => {
      const flag = (rows: Parameters<typeof eb.exists>[0]) =>
        eb.case().when(eb.exists(rows)).then(eb.lit(1)).else(eb.lit(0)).end()
      const sessions = eb.selectFrom('sessions').whereRef('sessions.user_id', '=', 'u.id')
      return [
        sessions
          .where('sessions.expires_at', '<=', params.now)
          .select((own) => own.fn.max('sessions.expires_at').as('at'))
          .as('ended_at'),
        flag(sessions.where('sessions.expires_at', '>', params.now).select('sessions.id')).as('is_signed_in'),
        flag(eb.selectFrom('accounts').select('accounts.id').whereRef('accounts.user_id', '=', 'u.id')).as(
          'has_credential',
        ),
        flag(eb.selectFrom('handles').select('handles.key').whereRef('handles.user_id', '=', 'u.id')).as('has_name'),
        flag(eb.selectFrom('rooms').select('rooms.id').whereRef('rooms.owner_id', '=', 'u.id')).as('is_owner'),
        eb.fn.coalesce('s.head', eb.lit(0)).as('head'),
      ]
    })
    .where('u.deleted_at', 'is', null)
    // as: ids are compared as text, and the walk begins before the first.
    .where('u.id', '>', params.after as UserId)
    .orderBy('u.id')
    .limit(params.most),
)

const noteEnd = statement<{ ids: readonly UserId[]; now: number }>(({ db, params, isOneOf }) =>
  db
    .updateTable('users')
    .set((eb) => ({
      updated_at: eb
        .selectFrom('sessions')
        .select((own) => own.fn.coalesce(own.fn.max('sessions.expires_at'), 'users.updated_at').as('at'))
        .whereRef('sessions.user_id', '=', 'users.id')
        .where('sessions.expires_at', '<=', params.now),
    }))
    .where(isOneOf('users.id', params.ids))
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('sessions')
          .select('sessions.id')
          .whereRef('sessions.user_id', '=', 'users.id')
          .where('sessions.expires_at', '<=', params.now)
          .whereRef('sessions.expires_at', '>', 'users.updated_at'),
      ),
    ),
)

const deleteSessions = statement<{ ids: readonly UserId[]; now: number }>(({ db, params, isOneOf }) =>
  db.deleteFrom('sessions').where(isOneOf('sessions.user_id', params.ids)).where('expires_at', '<=', params.now),
)

const freeNames = statement<{ ids: readonly UserId[] }>(({ db, params, isOneOf }) =>
  db
    .deleteFrom('handles')
    .where(isOneOf('handles.user_id', params.ids))
    .where((eb) =>
      eb.not(
        eb.exists(eb.selectFrom('sessions').select('sessions.id').whereRef('sessions.user_id', '=', 'handles.user_id')),
      ),
    ),
)

const deletePeople = statement<{ ids: readonly UserId[] }, { id: UserId; handle_text: number; name_text: number }>(
  ({ db, params, isOneOf }) =>
    db
      .deleteFrom('users')
      .where(isOneOf('users.id', params.ids))
      .where((eb) =>
        eb.and([
          eb.not(
            eb.exists(eb.selectFrom('sessions').select('sessions.id').whereRef('sessions.user_id', '=', 'users.id')),
          ),
          eb.not(
            eb.exists(eb.selectFrom('accounts').select('accounts.id').whereRef('accounts.user_id', '=', 'users.id')),
          ),
        ]),
      )
      .returning(['id', 'handle_text', 'name_text']),
)

const deleteKeys = statement<{ ids: readonly UserId[] }>(({ db, params, isOneOf }) =>
  db.deleteFrom('handles').where(isOneOf('handles.user_id', params.ids)),
)

const deleteStreams = statement<{ ids: readonly string[] }>(({ db, params, isOneOf }) =>
  db.deleteFrom('streams').where(isOneOf('streams.id', params.ids)).where('head', '=', 0),
)

const deleteEntries = statement<{ now: number; most: number }>(({ db, params }) =>
  db
    .deleteFrom('entries')
    .where('command_id', 'in', (eb) =>
      eb.selectFrom('entries').select('command_id').where('expires_at', '<=', params.now).limit(params.most),
    ),
)

// What is kept while somebody is away at a provider.
const deleteVerifications = statement<{ now: number; most: number }>(({ db, params }) =>
  db
    .deleteFrom('verifications')
    .where('id', 'in', (eb) =>
      eb.selectFrom('verifications').select('id').where('expires_at', '<=', params.now).limit(params.most),
    ),
)
