import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CommandId,
  type CommandInput,
  type CommandOutput,
  type InvitationId,
  type MessageId,
  newId,
  type Room,
  type RoomId,
  type UserId,
} from '@parley/protocol'
import type { StateCommandName } from '../../apps/server/src/commands/command.ts'
import { localFanout } from '../../apps/server/src/fanout/local-fanout.ts'
import { openLog } from '../../apps/server/src/log.ts'
import { openDatabase } from '../../apps/server/src/open-database.ts'
import { type OpenState, openState } from '../../apps/server/src/open-state.ts'
import type { Actor } from '../../apps/server/src/rules/actor.ts'
import type { InstanceRole } from '../../apps/server/src/rules/permissions.ts'
import type { Database } from '../../apps/server/src/storage/database.ts'
import { openSqlite } from '../../apps/server/src/storage/sqlite-database.ts'
import { statement } from '../../apps/server/src/storage/statement.ts'
import { type TemporaryDatabase, temporaryDatabase } from '../support/temporary-database.ts'

export const INSTANCE_ROLES = ['owner', 'administrator', 'member', 'guest'] as const satisfies readonly InstanceRole[]

/** What somebody is in a room, or was. `former`: a member once; `stranger`: never; `absent owner`: left their own room. */
export const POSITIONS = [
  'owner',
  'moderator',
  'member',
  'muted',
  'absent owner',
  'former',
  'stranger',
  'banned',
] as const
export type Position = (typeof POSITIONS)[number]
export const DIRECT_POSITIONS = ['member', 'stranger'] as const satisfies readonly Position[]

/** Where something is asked for: rooms of each kind, closed ones, and one that never was. */
export const PLACES = ['public', 'private', 'direct', 'closed public', 'closed private', 'missing'] as const
export type PlaceKind = (typeof PLACES)[number]

/** Somebody in the world. */
export interface Asker {
  readonly name: string
  readonly position: Position
  readonly instance: InstanceRole
  readonly actor: Actor
}

/** A room as one asker meets it. */
export interface Scene {
  readonly kind: PlaceKind
  readonly roomId: RoomId
  /** The asker's own message there, one of somebody else, and one that was deleted. */
  readonly own: MessageId
  readonly foreign: MessageId
  readonly deleted: MessageId
  /** Of another room. */
  readonly elsewhere: MessageId
  readonly people: Readonly<Record<TargetName, UserId>>
  readonly invitation: InvitationId
}

/** Whom something is done to. */
export const TARGETS = [
  'self',
  'owner',
  'moderator',
  'member',
  'guest',
  'stranger',
  'banned',
  'disabled',
  'deleted',
  'nobody',
] as const
export type TargetName = (typeof TARGETS)[number]

const setRole = statement<{ id: UserId; kind: string; role: string | null }>(({ db, params }) =>
  db
    .updateTable('users')
    .set({ kind: params.kind as never, role: params.role as never }) // as: the test knows which there are
    .where('id', '=', params.id),
)
const setGone = statement<{ id: UserId; disabledAt: number | null; deletedAt: number | null }>(({ db, params }) =>
  db
    .updateTable('users')
    .set({ disabled_at: params.disabledAt, deleted_at: params.deletedAt })
    .where('id', '=', params.id),
)

/**
 * A whole server's state with somebody of every role in rooms of every kind. Once `isSealed`, whatever is performed is
 * answered as if it were stored, and rolled back: every cell of the matrix meets the same world.
 */
export class PermissionWorld {
  readonly askers: Asker[] = []
  readonly #opened: OpenState
  readonly #release: () => Promise<void>
  readonly #seal: { isSealed: boolean }
  readonly #people = new Map<string, Asker>()
  readonly #rooms = new Map<string, Scene>()
  readonly #lanes = new Map<string, object>()
  readonly #tokens = new Map<string, string>()
  #instanceInvitation: InvitationId | undefined

  static async open(databaseName: 'sqlite' | 'postgres'): Promise<PermissionWorld> {
    const dataFolder = mkdtempSync(join(tmpdir(), `parley-permissions-${process.pid}-`))
    let database: TemporaryDatabase | undefined
    if (databaseName === 'postgres') database = await temporaryDatabase()
    const config = database ? { dataFolder, databaseUrl: database.url } : { dataFolder }
    const real = database ? await openDatabase(config) : await openSqlite({ dataFolder, synchronous: 'off' })
    const seal = { isSealed: false }
    const opened = await openState({
      config,
      log: openLog('silent'),
      fanout: localFanout((error) => {
        throw error
      }),
      occupancy: {
        occupants: (roomId) => ({ roomId, version: 0, count: 0, people: [] }),
        activeRooms: () => new Map(),
      },
      db: sealable(real, seal),
    })
    const world = new PermissionWorld(opened, seal, async () => {
      await opened.state.close()
      await database?.drop()
      rmSync(dataFolder, { recursive: true, force: true })
    })
    await world.#populate()
    // What is erased in the background would be found again and again once nothing is stored any more.
    await opened.eraser.settled()
    await opened.forgetting.settled()
    seal.isSealed = true
    return world
  }

  private constructor(opened: OpenState, seal: { isSealed: boolean }, release: () => Promise<void>) {
    this.#opened = opened
    this.#seal = seal
    this.#release = release
  }

  close(): Promise<void> {
    this.#seal.isSealed = false
    return this.#release()
  }

  /** What this asker meets there; each owner has a room of their own, everybody else meets in the member's. */
  scene(kind: PlaceKind, { position, instance }: Pick<Asker, 'position' | 'instance'>): Scene {
    const isOwn = position === 'owner' || position === 'absent owner' || kind === 'direct'
    const scene = this.#rooms.get(
      `${kind} ${position === 'absent owner' ? 'left' : 'kept'} ${isOwn ? instance : 'member'}`,
    )
    if (!scene) throw new Error(`There is no ${kind} room for ${position} ${instance}.`)
    const own = this.#rooms.get(`own ${scene.roomId} ${position} ${instance}`)
    const self = this.asker(position, instance).actor.user.id
    return { ...scene, own: own?.own ?? scene.foreign, people: { ...scene.people, self } }
  }

  asker(position: Position, instance: InstanceRole): Asker {
    const asker = this.#people.get(`${position} ${instance}`)
    if (!asker) throw new Error(`There is no ${position} ${instance}.`)
    return asker
  }

  get instanceInvitation(): InvitationId {
    if (!this.#instanceInvitation) throw new Error('There is no invitation.')
    return this.#instanceInvitation
  }

  /** `isKnownMember` skips the look before the batch, so that only the judgement under the lock decides. */
  performs(asker: Actor, name: StateCommandName, input: unknown, isKnownMember = false): Promise<unknown> {
    const lane = this.#lanes.get(asker.user.id) ?? {}
    this.#lanes.set(asker.user.id, lane)
    return this.#opened.state.perform({ id: newId<CommandId>(), name, input, actor: asker, lane, isKnownMember })
  }

  asks(asker: Actor, name: string, input: unknown): Promise<unknown> {
    return this.#opened.state.query(asker, name, input)
  }

  get opened(): OpenState {
    return this.#opened
  }

  /** A session of this asker, as a browser or a script holds it. */
  tokenOf(asker: Pick<Asker, 'name'>): string {
    const token = this.#tokens.get(asker.name)
    if (token === undefined) throw new Error(`${asker.name} has no session.`)
    return token
  }

  async #populate(): Promise<void> {
    for (const position of POSITIONS) for (const instance of INSTANCE_ROLES) await this.#arrive(position, instance)
    const [disabled, deleted, helper] = [
      await this.#guest('Disabled'),
      await this.#guest('Deleted'),
      await this.#guest('Helper'),
    ]
    for (const kind of ['public', 'private'] as const) {
      for (const instance of INSTANCE_ROLES) {
        for (const [where, position] of [
          ['kept', 'owner'],
          ['left', 'absent owner'],
        ] as const) {
          const owner = this.asker(position, instance)
          for (const state of ['open', 'closed'] as const) {
            await this.#makeRoom({ kind, state, where, owner, helper, disabled, deleted })
          }
        }
      }
    }
    for (const instance of INSTANCE_ROLES) await this.#makeDirect(instance, helper)
    await this.#opened.db.write((writer) =>
      writer.run(setGone, { id: disabled.user.id, disabledAt: 1, deletedAt: null }),
    )
    await this.#opened.db.write((writer) =>
      writer.run(setGone, { id: deleted.user.id, disabledAt: null, deletedAt: 1 }),
    )
    const { invitationId } = await this.#does(this.asker('stranger', 'owner').actor, 'create-invitation', {})
    this.#instanceInvitation = invitationId
  }

  async #makeRoom(ask: {
    kind: 'public' | 'private'
    state: 'open' | 'closed'
    where: 'kept' | 'left'
    owner: Asker
    helper: Actor
    disabled: Actor
    deleted: Actor
  }): Promise<void> {
    const { kind, state, where, owner, helper } = ask
    const by = owner.actor
    const name = `${kind} ${state} ${where} ${owner.instance}`
    const { roomId } = await this.#does(by, 'create-room', { name, kind })
    const insiders = this.askers.filter(({ position }) => !['owner', 'absent owner', 'stranger'].includes(position))
    const people = [...insiders.map(({ actor }) => actor), helper, ask.disabled, ask.deleted]
    await Promise.all(people.map(({ user }) => this.#does(by, 'add-member', { roomId, userId: user.id })))
    const foreign = await this.#posts(helper, roomId)
    const deleted = await this.#posts(helper, roomId)
    await this.#does(helper, 'delete-message', { roomId, messageId: deleted })
    const elsewhere = await this.#elsewhere(helper)
    const { invitationId } = await this.#does(by, 'create-invitation', { roomId })
    const base = {
      kind: PLACE_OF[state][kind],
      roomId,
      own: foreign,
      foreign,
      deleted,
      elsewhere,
      invitation: invitationId,
    }
    const targets = this.#targets(owner, ask)
    for (const asker of [owner, ...insiders]) {
      const own = await this.#posts(asker.actor, roomId)
      this.#rooms.set(`own ${roomId} ${asker.position} ${asker.instance}`, { ...base, own, people: targets })
    }
    for (const { position, actor } of insiders) {
      const about = { roomId, userId: actor.user.id }
      if (position === 'moderator') await this.#does(by, 'set-member-role', { ...about, role: 'moderator' })
      if (position === 'muted') await this.#does(by, 'mute-member', about)
      if (position === 'banned') await this.#does(by, 'ban-member', about)
      if (position === 'former') await this.#does(actor, 'leave-room', { roomId })
    }
    if (where === 'left') await this.#does(by, 'leave-room', { roomId })
    if (state === 'closed') await this.#does(by, 'close-room', { roomId })
    this.#rooms.set(`${base.kind} ${where} ${owner.instance}`, { ...base, people: targets })
    const missing = { ...base, kind: 'missing' as const, roomId: newId<RoomId>(), people: targets }
    this.#rooms.set(`missing ${where} ${owner.instance}`, missing)
  }

  #targets(owner: Asker, gone: { disabled: Actor; deleted: Actor }): Scene['people'] {
    const id = (position: Position, instance: InstanceRole) => this.asker(position, instance).actor.user.id
    return {
      self: owner.actor.user.id,
      owner: owner.actor.user.id,
      // Of an instance role that no asker of the same position has alone, so that nobody meets only themselves.
      moderator: id('moderator', 'member'),
      member: id('muted', 'member'),
      guest: id('muted', 'guest'),
      stranger: id('stranger', 'member'),
      banned: id('banned', 'member'),
      disabled: gone.disabled.user.id,
      deleted: gone.deleted.user.id,
      nobody: newId<UserId>(),
    }
  }

  async #makeDirect(instance: InstanceRole, helper: Actor): Promise<void> {
    const member = this.asker('member', instance)
    const { roomId } = await this.#does(member.actor, 'start-direct', { userId: helper.user.id })
    const own = await this.#posts(member.actor, roomId)
    const foreign = await this.#posts(helper, roomId)
    const deleted = await this.#posts(helper, roomId)
    await this.#does(helper, 'delete-message', { roomId, messageId: deleted })
    const elsewhere = await this.#elsewhere(helper)
    const main = this.#rooms.get('public kept member')
    if (!main) throw new Error('Rooms come first.')
    const people = { ...main.people, self: member.actor.user.id, owner: member.actor.user.id, member: helper.user.id }
    const scene: Scene = {
      kind: 'direct',
      roomId,
      own,
      foreign,
      deleted,
      elsewhere,
      people,
      invitation: main.invitation,
    }
    this.#rooms.set(`direct kept ${instance}`, scene)
    this.#rooms.set(`own ${roomId} member ${instance}`, scene)
  }

  #elsewhereId: MessageId | undefined
  async #elsewhere(helper: Actor): Promise<MessageId> {
    if (this.#elsewhereId) return this.#elsewhereId
    const { roomId } = await this.#does(helper, 'create-room', { name: 'Elsewhere' })
    this.#elsewhereId = await this.#posts(helper, roomId)
    return this.#elsewhereId
  }

  async #posts(actor: Actor, roomId: RoomId): Promise<MessageId> {
    return (await this.#does(actor, 'post-message', { roomId, body: 'said' })).messageId
  }

  #does<Name extends StateCommandName>(actor: Actor, name: Name, input: CommandInput<Name>) {
    return this.performs(actor, name, input) as Promise<CommandOutput<Name>> // as: typed by its name
  }

  async #arrive(position: Position, instance: InstanceRole): Promise<void> {
    const name = `${position} ${instance}`
    const kind = instance === 'guest' ? 'guest' : 'account'
    const role = instance === 'owner' || instance === 'administrator' ? instance : null
    const actor = await this.#guest(name, { kind, role })
    const asker = { name, position, instance, actor }
    this.askers.push(asker)
    this.#people.set(name, asker)
  }

  async #guest(name: string, become?: { kind: 'guest' | 'account'; role: string | null }): Promise<Actor> {
    const { accounts, db } = this.#opened
    const { token, user } = await accounts.enter({ id: newId<CommandId>(), name, secret: 'x'.repeat(20) })
    if (become) await db.write((writer) => writer.run(setRole, { id: user.id, ...become }))
    this.#tokens.set(name, token)
    const session = await accounts.authenticate(token)
    if (!session) throw new Error(`${name} could not enter.`)
    return session.actor
  }
}

const PLACE_OF = {
  open: { public: 'public', private: 'private' },
  closed: { public: 'closed public', private: 'closed private' },
} as const satisfies Record<string, Record<Exclude<Room['kind'], 'direct'>, PlaceKind>>

class RolledBack extends Error {
  readonly result: unknown
  constructor(result: unknown) {
    super('rolled back')
    this.result = result
  }
}

/** The real database, of which no transaction is kept once it is sealed, though it is answered as if it were. */
function sealable(real: Database, seal: { isSealed: boolean }): Database {
  return {
    dialect: real.dialect,
    writers: real.writers,
    async write(work, committed) {
      if (!seal.isSealed) return real.write(work, committed)
      try {
        return await real.write(async (writer) => {
          throw new RolledBack(await work(writer))
        })
      } catch (error) {
        if (error instanceof RolledBack) return error.result as Awaited<ReturnType<typeof work>> // as: what `work` gave
        throw error
      }
    },
    read: (work) => real.read(work),
    takeTextIds: (count) => real.takeTextIds(count),
    scrub: () => real.scrub(),
    close: () => real.close(),
  }
}
