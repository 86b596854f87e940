import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type CommandId, newId, type RoomId, roomStream } from '@parley/protocol'
import { sql } from 'kysely'
import { codeOf, onBothDatabases, PASSWORD, type Person } from '../../../../tests/support/state.ts'
import type { OpenState } from '../open-state.ts'
import { DEFAULT_SETTINGS, writeSettings } from '../storage/settings.ts'
import { statement } from '../storage/statement.ts'
import { setInstanceRole } from '../storage/users.ts'

// What is promised once is promised once, however many instances answer. SQLite belongs to one.
onBothDatabases((stage) => {
  if (stage.databaseName === 'sqlite') return
  let second: OpenState & { as: (person: Person) => Person; close: () => Promise<void> }
  beforeAll(async () => {
    second = await stage.second()
  }, 60_000)
  afterAll(() => second.close())

  const accountsOf = (index: number) => (index % 2 ? second : stage).accounts
  const outcomes = async (asked: readonly Promise<unknown>[]) => {
    const results = await Promise.all(
      asked.map((one) =>
        one.then(
          () => 'in',
          () => codeOf(one),
        ),
      ),
    )
    return {
      in: results.filter((result) => result === 'in').length,
      others: new Set(results.filter((one) => one !== 'in')),
    }
  }
  const invalid = (won: number) => ({ in: won, others: new Set(['invitation-invalid']) })

  test('[V5] the last use of an invitation to a room is one person’s', async () => {
    const ann = await stage.person('Ann')
    const people = await Promise.all(Array.from({ length: 6 }, (_, index) => stage.person(`Guest ${index}`)))
    for (let round = 0; round < 5; round++) {
      const { roomId } = await ann.does('create-room', { name: `Secret ${round}`, topic: '', kind: 'private' })
      const { token } = await ann.does('create-invitation', { roomId, maxUses: 1 })
      const asked = people.map((person, index) => accountsOf(index).acceptInvitation(person.actor, token))
      expect(await outcomes(asked)).toEqual(invalid(1))
      expect((await ann.asks('list-members', { roomId })).members).toHaveLength(2)
    }
  }, 60_000)

  test('[U4] [V5] of many who come in by one invitation to the server, as many do as it has uses', async () => {
    const owner = await stage.account('Olga')
    await stage.db.write((writer) => writer.run(setInstanceRole, { userId: owner.id, role: 'owner' }))
    const known = await stage.signedIn(
      (await stage.accounts.signIn({ handle: owner.actor.user.handle, password: PASSWORD })).token,
    )
    await stage.db.write((writer) => writeSettings(writer, { ...DEFAULT_SETTINGS, signUp: 'invitation' }))
    for (const uses of [1, 3]) {
      const { token } = await known.does('create-invitation', { maxUses: uses })
      const asked = Array.from({ length: 8 }, (_, index) => {
        const name = `Neu ${uses} ${'abcdefgh'[index]}`
        const ask = { id: newId<CommandId>(), name, secret: 'a secret of sixteen characters', invitation: token }
        return accountsOf(index).enter(ask)
      })
      expect(await outcomes(asked)).toEqual(invalid(uses))
    }
    await stage.db.write((writer) => writeSettings(writer, DEFAULT_SETTINGS))
    await stage.db.write((writer) => writer.run(setInstanceRole, { userId: owner.id, role: null }))
  }, 60_000)

  test('[U6] each instance has printed a link, and of all who open one on any instance, one becomes the owner', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, (_, index) => stage.account(`Eigner ${index}`)))
    const links = [stage.setUpToken ?? '', second.setUpToken ?? '']
    expect(new Set(links).size).toBe(2)
    const asked = people.map(({ actor }, index) => accountsOf(index).becomeOwner(actor, links[index % 3 ? 1 : 0] ?? ''))
    expect(await outcomes(asked)).toEqual({ in: 1, others: new Set(['set-up-link-invalid']) })
    for (const index of [0, 1]) expect((await accountsOf(index).describeInstance()).needsOwner).toBe(false)
  }, 60_000)

  // Two believe that they hold the lease: one was paused for long, say.
  test('[C6] [D1] two erasers at once leave nothing and count everything once', async () => {
    await letEverybodyHold()
    const ann = await stage.person('Ann')
    const rooms = await Promise.all(Array.from({ length: 3 }, (_, index) => ann.createsRoom(`Doomed ${index}`)))
    for (const roomId of rooms) {
      await Promise.all(Array.from({ length: 450 }, (_, index) => ann.posts(roomId, `message ${index}`)))
    }
    for (const roomId of rooms) {
      await ann.does('close-room', { roomId })
      second.eraser.wake()
    }
    await finished(rooms)
    const receipts = await stage.db.read((reader) =>
      reader.lookup(
        'erasures',
        ['subject'],
        rooms.map((subject) => ({ subject })),
      ),
    )
    for (const receipt of receipts) {
      // The name and the topic are texts as well.
      expect(receipt).toMatchObject({ messages: 450, texts: 452, members: 1, finished_at: expect.any(Number) })
    }
    for (const room_id of rooms) {
      const left = await stage.db.read(async (reader) => [
        ...(await reader.lookup('messages', ['room_id'], [{ room_id }])),
        ...(await reader.lookup('events', ['stream'], [{ stream: roomStream(room_id) }])),
      ])
      expect(left).toEqual([])
    }
  }, 60_000)

  test('[C6] [U8] two who see to a deleted account do each thing once', async () => {
    await letEverybodyHold()
    const [ann, bob] = [await stage.account('Ann'), await stage.person('Bob')]
    const rooms = await Promise.all(Array.from({ length: 4 }, (_, index) => bob.createsRoom(`Shared ${index}`)))
    const own = await ann.createsRoom('Anns')
    await bob.does('enter-room', { roomId: own })
    for (const roomId of rooms) {
      await ann.does('enter-room', { roomId })
      await Promise.all(Array.from({ length: 120 }, (_, index) => ann.posts(roomId, `canary ${index}`)))
    }
    await stage.accounts.deleteAccount(ann.actor, { password: PASSWORD, messages: 'erase' })
    second.forgetting.wake()
    await Promise.all([stage.forgetting.settled(), second.forgetting.settled()])
    const [receipt] = await stage.db.read((reader) => reader.lookup('erasures', ['subject'], [{ subject: ann.id }]))
    expect(receipt).toMatchObject({ messages: 480, members: 5, finished_at: expect.any(Number) })
    for (const roomId of rooms) {
      const types = ((await bob.catchesUp(roomId)) as { type: string }[]).map(({ type }) => type)
      expect(types.filter((type) => type === 'message-deleted')).toHaveLength(120)
      expect(types.filter((type) => type === 'member-left')).toHaveLength(1)
    }
    expect((await bob.asks('get-room', { roomId: own })).room.ownerId).toBe(bob.id)
    const changes = ((await bob.catchesUp(own)) as { type: string }[]).filter(({ type }) => type === 'owner-changed')
    expect(changes).toHaveLength(1)
  }, 60_000)

  async function finished(rooms: readonly RoomId[]): Promise<void> {
    for (;;) {
      await Promise.all([stage.eraser.settled(), second.eraser.settled()])
      const jobs = await stage.db.read((reader) =>
        reader.lookup(
          'erasures',
          ['subject'],
          rooms.map((subject) => ({ subject })),
        ),
      )
      if (jobs.every((job) => job.finished_at !== null)) return
    }
  }

  /** Every lease is over as soon as it is taken. */
  async function letEverybodyHold(): Promise<void> {
    for (const change of NO_LEASES) await stage.db.write((writer) => writer.run(change, {}))
  }
})

const NO_LEASES = [
  `create or replace function no_lease() returns trigger language plpgsql as 'begin new.until := 0; return new; end'`,
  `create or replace trigger no_lease before insert or update on leases for each row execute function no_lease()`,
].map((text) => statement<object>(({ db }) => ({ compile: () => sql.raw(text).compile(db) }) as never)) // as: all that is asked of it
