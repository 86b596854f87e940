import { mkdirSync } from 'node:fs'
import { LIMITS, roomStream, type UserId } from '@parley/protocol'
import type { Accounts } from './accounts/accounts.ts'
import type { RoomDoor } from './accounts/accounts-parts.ts'
import { prepareSetUp } from './accounts/become-owner.ts'
import { createAccounts } from './accounts/create-accounts.ts'
import { Passwords } from './accounts/passwords.ts'
import { ProviderSignIn } from './accounts/providers/provider-sign-in.ts'
import type { Providers } from './accounts/providers/providers.ts'
import { loadSecret, nameKey, type Secret, secretFrom } from './accounts/secret.ts'
import { forgetInRoom } from './commands/forget-in-room.ts'
import { joinByInvitation } from './commands/join-by-invitation.ts'
import { joinWithin } from './commands/join-within.ts'
import { Performer } from './commands/perform.ts'
import type { Config } from './config.ts'
import type { Fanout } from './fanout/fanout.ts'
import type { Log } from './log.ts'
import { openDatabase } from './open-database.ts'
import { answer } from './queries/answer.ts'
import { authorise } from './queries/query.ts'
import { readRoomSnapshot } from './queries/room-snapshot.ts'
import { SearchTurns } from './queries/search-turns.ts'
import { Refusal, refuse } from './rules/refusal.ts'
import { hashPassword, verifyPassword } from './runtime/password-hash.ts'
import type { OccupancyReader, State } from './state.ts'
import { readBlocked } from './storage/blocks.ts'
import { readCatchUp } from './storage/catch-up.ts'
import { readChangedPeople, readClosings, readEndedSessions, readRoomIds } from './storage/connected.ts'
import type { Database } from './storage/database.ts'
import { noteGone, noteHere, readOthersHere } from './storage/doubts.ts'
import { EraseLedger } from './storage/erase-ledger.ts'
import { Eraser } from './storage/eraser.ts'
import { readHead } from './storage/heads.ts'
import { countListedRooms, FIRST_PLACE, readListedByIds, readListedRooms } from './storage/listed-rooms.ts'
import { readEpoch } from './storage/meta.ts'
import { readMissed } from './storage/missed.ts'
import { readOwnPlace, readOwnRoom, readOwnRooms } from './storage/own-rooms.ts'
import { readUsers } from './storage/users.ts'
import { ForgetPeople } from './workers/forget-people.ts'

export interface StateOptions {
  readonly config: Pick<Config, 'dataFolder' | 'databaseUrl' | 'secret'>
  readonly log: Log
  readonly fanout: Fanout
  readonly occupancy: OccupancyReader
  /** Epoch ms; replaceable for tests. */
  readonly now?: () => number
  /** Told of each command that was answered from the log, because it had been performed before. */
  readonly noteRepeat?: () => void
  /** Told of each command that was refused because it had waited too long. */
  readonly noteWaitedTooLong?: () => void
  /** Opened already, for tests; otherwise what `config` says. */
  readonly db?: Database
}

export interface OpenState {
  readonly state: State
  readonly accounts: Accounts
  /** The way over these sign-in providers. */
  readonly signInBy: (providers: Providers) => ProviderSignIn
  readonly db: Database
  readonly eraser: Eraser
  readonly forgetting: ForgetPeople
  /** For the one-time link that makes somebody the owner; undefined when there is one. (SPEC U6) */
  readonly setUpToken: string | undefined
  /** For the worker that lets expired guests go. (SPEC G5) */
  readonly passRooms: (ownerId: UserId) => Promise<void>
}

/** Handlers that keep a batch open longer than this hold up everybody else. (SPEC A3) */
const LONGEST_BATCH_MS = 1_000

/** Opens the database and puts the parts of the state together. Errors: `StartError`. */
export async function openState(options: StateOptions): Promise<OpenState> {
  const { config, log, fanout, occupancy } = options
  const now = options.now ?? Date.now
  const db = options.db ?? (await openDatabase(config))
  const epoch = await readEpoch(db)
  const secret = await secretOf(config, db)
  if (db.dialect === 'postgres') mkdirSync(config.dataFolder, { recursive: true, mode: 0o700 })
  const ledger = new EraseLedger(config.dataFolder)
  const eraser = new Eraser(db, log, now)
  const stopListening = fanout.subscribe((publication) => {
    if (publication.kind === 'room-closed') eraser.wake()
  })
  const performer = new Performer({
    db,
    fanout,
    now,
    nameKey: (source) => nameKey(secret, `room ${source}`),
    secret,
    writeLedger: (lines, writer) => ledger.write(lines, writer),
    noteOpen: (ms) => {
      if (ms > LONGEST_BATCH_MS) log.warn({ ms }, 'A batch of commands was open for long.')
    },
    noteRepeat: options.noteRepeat,
    noteWaitedTooLong: options.noteWaitedTooLong,
  })
  eraser.wake()
  const passRooms = async (ownerId: UserId) => {
    const [owner] = await db.read((reader) => readUsers(reader, [ownerId]))
    if (owner) await performer.passRooms(owner)
  }
  const forgetting = new ForgetPeople({
    db,
    log,
    now,
    passRooms,
    forgetInRoom: (person, input) => performer.performOwn(forgetInRoom, person, input),
  })
  forgetting.wake()

  const searches = new SearchTurns()
  const state: State = {
    epoch,
    perform: (call) => performer.perform(call),
    withdraw: (lane, id) => performer.withdraw(lane, id),
    query: (asker, name, input) => answer({ db, occupancy, now, searches }, asker, name, input),
    welcome: (actor) =>
      db.read(async (reader) => ({
        // As they are called now: another device may have changed that since this connection signed in.
        user: (await readUsers(reader, [actor.user.id]))[0] ?? actor.user,
        rooms: await readOwnRooms(reader, actor.user.id),
        blocked: await readBlocked(reader, actor.user.id),
        ...(await readOwnPlace(reader, actor.user.id)),
      })),
    catchUp: (asker, roomId, cursor) =>
      db.read(async (reader) => {
        const { room } = await authorise(reader, asker, roomId)
        const { seq: head, floor } = await readHead(reader, roomStream(roomId))
        if (cursor > head || cursor < floor || head - cursor > LIMITS.catchUpEvents) return 'reset'
        return { ...(await readCatchUp(reader, roomId, cursor)), isListed: room?.kind === 'public', head }
      }),
    roomSnapshot: (asker, roomId) => db.read((reader) => readRoomSnapshot(reader, asker, roomId)),
    unread: (actor, roomId) =>
      db.read(async (reader) => (await readOwnRoom(reader, actor.user.id, roomId)) ?? refuse('not-a-member')),
    heads: (streams) =>
      db.read(async (reader) => {
        const rows = await reader.lookup(
          'streams',
          ['id'],
          streams.map((id) => ({ id })),
        )
        return new Map(rows.map((row) => [row.id, row.head]))
      }),
    lobbyRooms: ({ first, ids }) =>
      db.read(async (reader) => {
        const newest = await readListedRooms(reader, FIRST_PLACE, first)
        const known = new Set(newest.map((room) => room.id))
        const others = await readListedByIds(
          reader,
          ids.filter((id) => !known.has(id)),
        )
        return { rooms: [...newest, ...others], total: await countListedRooms(reader) }
      }),
    truth: {
      missed: (stream, after) => db.read((reader) => readMissed(reader, stream, after)),
      roomIds: (userId) => db.read((reader) => readRoomIds(reader, userId)),
      closings: (roomIds) => db.read((reader) => readClosings(reader, roomIds)),
      endedSessions: (ids) => db.read((reader) => readEndedSessions(reader, ids)),
      noteHere: (instance, ms) => db.write((writer) => noteHere(writer, { instance, ms })),
      noteGone: (instance) => db.write((writer) => noteGone(writer, instance)),
      othersHere: (instance) => db.read((reader) => readOthersHere(reader, instance)),
      changedPeople: (known) => db.read((reader) => readChangedPeople(reader, known)),
    },
    ping: () => db.read(async (reader) => void (await reader.lookup('meta', ['key'], [{ key: 'epoch' }]))),
    async close() {
      await forgetting.stop()
      await performer.idle()
      stopListening()
      await eraser.stop()
      await ledger.close()
      await db.close()
    },
  }
  const rooms = roomDoor(performer)
  const accounts = createAccounts({
    db,
    secret,
    fanout,
    log,
    now,
    passwords: new Passwords({ hash: hashPassword, verify: verifyPassword }),
    rooms,
    writeLedger: (lines, writer) => ledger.write(lines, writer),
    wakeForgetting: () => forgetting.wake(),
  })
  const signInBy = (providers: Providers) => new ProviderSignIn({ db, secret, providers, fanout, log, now, rooms })
  return { state, accounts, signInBy, db, eraser, forgetting, setUpToken: await prepareSetUp(db, now()), passRooms }
}

/** How invitations lead into rooms. */
function roomDoor(performer: Performer): RoomDoor {
  return {
    async join(writer, ask) {
      const publications = await joinWithin(writer, ask)
      return publications && { roomId: ask.roomId, publications }
    },
    async joinAgain(user, roomId) {
      try {
        await performer.performOwn(joinByInvitation, user, { roomId, userId: user.id, isRepeat: true })
        return roomId
      } catch (error) {
        if (error instanceof Refusal) return undefined
        throw error
      }
    },
    async accept(user, roomId, tokenDigest) {
      await performer.performOwn(joinByInvitation, user, { roomId, userId: user.id, tokenDigest })
    },
  }
}

function secretOf(config: StateOptions['config'], db: Database): Promise<Secret> | Secret {
  if (config.secret !== undefined) return secretFrom(config.secret)
  return loadSecret({ db, dataFolder: config.dataFolder })
}
