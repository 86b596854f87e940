import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandId, newId, type RoomId, roomStream, type UserId, userStream } from '@parley/protocol'
import { localFanout } from '../../apps/server/src/fanout/local-fanout.ts'
import { openLog } from '../../apps/server/src/log.ts'
import { openState } from '../../apps/server/src/open-state.ts'
import { inParallel } from './api.ts'

const ROWS_AT_ONCE = 500
const POSTS_AT_ONCE = 256

/** A state on a folder of its own, without sockets, whose data can be made to grow. */
export class SizesWorld {
  readonly actor
  readonly state
  /** A room of the one who asks. */
  readonly roomId: RoomId
  readonly #open
  readonly #close: () => Promise<void>

  static async opens(): Promise<SizesWorld> {
    const dataFolder = mkdtempSync(join(tmpdir(), 'parley-sizes-'))
    const open = await openState({
      config: { dataFolder },
      log: openLog('silent'),
      fanout: localFanout((error) => console.error(error)),
      occupancy: {
        occupants: (roomId) => ({ roomId, version: 0, count: 0, people: [] }),
        activeRooms: () => new Map(),
      },
    })
    const { token } = await open.accounts.enter({ id: newId<CommandId>(), name: 'Bench', secret: crypto.randomUUID() })
    const session = await open.accounts.authenticate(token)
    if (!session) throw new Error('The bench could not enter.')
    const id = newId<CommandId>()
    const call = { id, name: 'create-room', input: { name: 'Big' }, actor: session.actor, lane: {} }
    const { roomId } = (await open.state.perform(call)) as { roomId: RoomId } // as: its output
    return new SizesWorld(open, session.actor, roomId, async () => {
      await open.state.close()
      rmSync(dataFolder, { recursive: true, force: true })
    })
  }

  private constructor(
    open: Awaited<ReturnType<typeof openState>>,
    actor: Parameters<typeof open.state.welcome>[0],
    roomId: RoomId,
    close: () => Promise<void>,
  ) {
    this.#open = open
    this.state = open.state
    this.actor = actor
    this.roomId = roomId
    this.#close = close
  }

  close(): Promise<void> {
    return this.#close()
  }

  perform(name: string, input: object): Promise<unknown> {
    const { actor } = this
    return this.state.perform({ id: newId<CommandId>(), name, input, actor, lane: {}, isKnownMember: true })
  }

  query(name: string, input: object): Promise<unknown> {
    return this.state.query(this.actor, name, input)
  }

  enterSomebody(): Promise<unknown> {
    const name = `Guest ${crypto.randomUUID().slice(0, 8)}`
    return this.#open.accounts.enter({ id: newId<CommandId>(), name, secret: crypto.randomUUID() })
  }

  async addMessages(count: number): Promise<void> {
    await inParallel(Array.from({ length: count }), POSTS_AT_ONCE, () =>
      this.perform('post-message', { roomId: this.roomId, body: 'about as long as what people type' }),
    )
  }

  /** Rooms of the one who asks, by the command, because each is to have everything that a room has. */
  async addOwnRooms(count: number): Promise<void> {
    const names = Array.from({ length: count }, () => `Own ${crypto.randomUUID()}`)
    await inParallel(names, POSTS_AT_ONCE, (name) => this.perform('create-room', { name }))
  }

  /** The rows of people as they stand after entering, less their sessions and keys; as members of the room, if so wanted. */
  async addPeople(count: number, { asMembers }: { asMembers: boolean }): Promise<void> {
    await this.#inParts(count, async (part) => {
      const first = Number(await this.#open.db.takeTextIds(2 * part))
      const now = Date.now()
      const people = Array.from({ length: part }, (_, index) => ({ id: newId<UserId>(), text: first + 2 * index }))
      await this.#open.db.write(async (writer) => {
        const texts = people.flatMap(({ text }) => [
          { id: text, body: `person-${text}` },
          { id: text + 1, body: `Person ${text}` },
        ])
        await writer.insert('texts', texts)
        const streams = people.map(({ id }) => ({ id: userStream(id), head: 0, floor: 0, number: 0 }))
        await writer.insert('streams', streams)
        const users = people.map(({ id, text }) => ({
          ...{ id, kind: 'guest' as const, handle_text: text, name_text: text + 1, version: 1, last_room_id: null },
          ...{ created_at: now, deleted_at: null, email: `${id}@parley.invalid`, email_verified: 0, image: null },
          ...{ updated_at: now, role: null, disabled_at: null, email_text: null },
        }))
        await writer.insert('users', users)
        if (!asMembers) return
        const common = {
          room_id: this.roomId,
          joined_at: now,
          role: 'member',
          muted_until: null,
          posted_at: null,
        } as const
        await writer.insert(
          'members',
          people.map(({ id }) => ({ ...common, user_id: id })),
        )
      })
    })
  }

  /** The rows of listed rooms that belong to nobody in particular. */
  async addRooms(count: number): Promise<void> {
    await this.#inParts(count, async (part) => {
      const first = Number(await this.#open.db.takeTextIds(2 * part))
      const now = Date.now()
      const rooms = Array.from({ length: part }, (_, index) => ({ id: newId<RoomId>(), text: first + 2 * index }))
      await this.#open.db.write(async (writer) => {
        const texts = rooms.flatMap(({ text }) => [
          { id: text, body: `Room ${text}` },
          { id: text + 1, body: `What room ${text} is for` },
        ])
        await writer.insert('texts', texts)
        await writer.insert(
          'streams',
          rooms.map(({ id }) => ({ id: roomStream(id), head: 1, floor: 0, number: 0 })),
        )
        const common = { kind: 'public', owner_id: this.actor.user.id, created_at: now, version: 1 } as const
        const rules = { is_read_only: 0, slow_seconds: 0 }
        await writer.insert(
          'rooms',
          rooms.map(({ id, text }, index) => ({
            ...{ id, ...common, ...rules, name_text: text, topic_text: text + 1, active_at: now + index },
          })),
        )
      })
    })
  }

  async #inParts(count: number, add: (part: number) => Promise<void>): Promise<void> {
    for (let left = count; left > 0; left -= ROWS_AT_ONCE) await add(Math.min(ROWS_AT_ONCE, left))
  }
}
