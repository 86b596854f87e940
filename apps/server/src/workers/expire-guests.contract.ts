import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { type CommandId, newId, type RoomId, type SessionId, type UserId, userStream } from '@parley/protocol'
import type { Accounts } from '../accounts/accounts.ts'
import { ENTRY_LIFETIME_MS } from '../accounts/enter.ts'
import { addPerson } from '../accounts/people.ts'
import { secretFrom } from '../accounts/secret.ts'
import { SESSION_LIFETIME_MS } from '../accounts/session-tokens.ts'
import { accountsOn } from '../accounts/test-accounts.contract.ts'
import type { TestDatabase } from '../accounts/test-databases.contract.ts'
import { localFanout } from '../fanout/local-fanout.ts'
import { readPersonName } from '../rules/handles.ts'
import { statement } from '../storage/statement.ts'
import type { TableName, Tables } from '../storage/tables.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { type Expired, expireGuests, GUEST_LIFETIME_MS, keepExpiring, UNUSED_LIFETIME_MS } from './expire-guests.ts'

const secret = secretFrom('a secret that only this test knows, and long enough')
const DAY_MS = 24 * 60 * 60_000

export function expireGuestsContract(open: () => Promise<TestDatabase>): void {
  let on: TestDatabase
  let accounts: Accounts
  let now = 0
  const passed: UserId[] = []
  const errors: unknown[] = []
  const log = { info: () => undefined, warn: fail, error: (...record: unknown[]) => void errors.push(record) }
  let passRooms = async (userId: UserId) => void passed.push(userId)

  beforeAll(async () => {
    on = await open()
    accounts = accountsOn({ db: on.db, secret, fanout: localFanout(fail), log, now: () => now })
  }, 60_000)
  afterAll(() => on.close())
  beforeEach(async () => {
    now = Date.UTC(2026, 0, 1)
    passed.length = 0
    errors.length = 0
    passRooms = async (userId) => void passed.push(userId)
    for (const empty of EMPTYING) await on.db.write((writer) => writer.run(empty, {}))
  })

  const expire = (): Promise<Expired> =>
    expireGuests({ db: on.db, now: () => now, log, passRooms: (id) => passRooms(id) })
  const rows = <T extends TableName>(table: T, key: Partial<Tables[T]>): Promise<Tables[T][]> => {
    const columns = Object.keys(key) as (keyof Tables[T] & string)[]
    return on.db.read((reader) => reader.lookup(table, columns, [key as Tables[T]]))
  }

  async function enter(name: string, did: 'nothing' | 'something' = 'something') {
    const id = newId<CommandId>()
    const { user, token } = await accounts.enter({ id, name, secret: 'a secret of the client' })
    if (did === 'something') await on.db.write((writer) => writer.run(haveDone, { id: userStream(user.id) }))
    const sessions = await rows('sessions', { user_id: user.id })
    return { user, token, entry: id, sessionId: sessions[0]?.id as SessionId }
  }

  async function own(ownerId: UserId): Promise<void> {
    const id = newId<RoomId>()
    const room = {
      id,
      kind: 'public' as const,
      name_text: 0,
      topic_text: 0,
      created_at: now,
      active_at: now,
      version: 1,
      is_read_only: 0,
      slow_seconds: 0,
    }
    await on.db.write((writer) => writer.insert('rooms', [{ ...room, owner_id: ownerId }]))
  }

  describe('sessions', () => {
    test('[H5] expired ones are deleted, others stay', async () => {
      const old = await enter('Old')
      now += 10 * DAY_MS
      const young = await enter('Young')
      now += SESSION_LIFETIME_MS - 10 * DAY_MS
      expect(await expire()).toMatchObject({ sessions: 1, names: 0, people: 0 })
      expect(await rows('sessions', { user_id: old.user.id })).toEqual([])
      expect(await rows('sessions', { user_id: young.user.id })).toHaveLength(1)
      expect(await expire()).toEqual({ sessions: 0, entries: 0, names: 0, owners: 0, people: 0 })
    })

    test('[H1] receipts of enter are forgotten after ten minutes', async () => {
      const { entry } = await enter('Ann')
      now += ENTRY_LIFETIME_MS - 1
      expect((await expire()).entries).toBe(0)
      now += 1
      expect((await expire()).entries).toBe(1)
      expect(await rows('entries', { command_id: entry })).toEqual([])
    })
  })

  describe('names', () => {
    test('[A7] a guest’s name is freed 30 days after the last session has expired', async () => {
      const ann = await enter('Ann Lee')
      now += SESSION_LIFETIME_MS
      await expire()
      now += GUEST_LIFETIME_MS - 1
      expect((await expire()).names).toBe(0)
      await expect(enter('Ann Lee')).rejects.toThrow('already has this name')
      now += 1
      expect(await expire()).toMatchObject({ names: 1, people: 0 })
      const another = await enter('Ann Lee')
      expect(another.user.id).not.toBe(ann.user.id)
      // Who is away is still known as the author of what they wrote.
      expect(await rows('users', { id: ann.user.id })).toHaveLength(1)
      expect((await expire()).names).toBe(0)
    })

    test('[A7] the 30 days count from the end of the session, also when nobody looked meanwhile', async () => {
      await enter('Ann')
      now += SESSION_LIFETIME_MS + GUEST_LIFETIME_MS
      expect(await expire()).toMatchObject({ sessions: 1, names: 1 })
    })

    test('[A7] the 30 days count from a sign-out', async () => {
      const { user, sessionId } = await enter('Ann')
      now += DAY_MS
      await accounts.signOut({ user, sessionId })
      now += GUEST_LIFETIME_MS - 1
      expect((await expire()).names).toBe(0)
      now += 1
      expect((await expire()).names).toBe(1)
    })

    test('[A7] a guest who is signed in anywhere and somebody with an account keep theirs', async () => {
      const id = newId<CommandId>()
      const ask = { id, name: 'Two Devices', secret: 'a secret of the client' }
      await accounts.enter(ask)
      now += ENTRY_LIFETIME_MS - 1
      await accounts.enter(ask)
      const account = await addAccount('Account Holder')
      now += SESSION_LIFETIME_MS - ENTRY_LIFETIME_MS + 1
      expect(await expire()).toMatchObject({ sessions: 1, names: 0, people: 0 })
      now += 10 * GUEST_LIFETIME_MS
      await expire()
      expect(await rows('handles', { user_id: account })).not.toEqual([])
    })
  })

  describe('rooms', () => {
    test('[G5] those of an expired guest are passed on, and asked for again while they are not', async () => {
      const ann = await enter('Ann')
      const bob = await enter('Bob')
      await own(ann.user.id)
      await own(bob.user.id)
      now += DAY_MS
      await accounts.signOut({ user: ann.user, sessionId: ann.sessionId })
      now += GUEST_LIFETIME_MS
      await on.db.write((writer) => writer.run(prolong, { userId: bob.user.id, at: now + DAY_MS }))
      passRooms = async () => fail()
      expect(await expire()).toMatchObject({ names: 1, owners: 0 })
      expect(errors).toHaveLength(1)
      passRooms = async (userId) => void passed.push(userId)
      expect(await expire()).toMatchObject({ names: 0, owners: 1 })
      expect(passed).toEqual([ann.user.id])
    })
  })

  describe('people', () => {
    test('[H3] who never did anything and cannot come back is removed after an hour, name and all', async () => {
      const ann = await enter('Passing By', 'nothing')
      const [before] = await rows('users', { id: ann.user.id })
      await accounts.signOut({ user: ann.user, sessionId: ann.sessionId })
      now += UNUSED_LIFETIME_MS - 1
      expect((await expire()).people).toBe(0)
      now += 1
      expect((await expire()).people).toBe(1)
      expect(await rows('users', { id: ann.user.id })).toEqual([])
      expect(await rows('streams', { id: userStream(ann.user.id) })).toEqual([])
      expect(await rows('handles', { user_id: ann.user.id })).toEqual([])
      for (const id of [before?.handle_text ?? 0, before?.name_text ?? 0]) {
        const [text] = await rows('texts', { id })
        expect(text?.body.replaceAll('\u0000', '')).toBe('')
      }
      expect((await enter('Passing By')).user.handle).toBe('passing-by')
    })

    test('[H3] who is signed in, has a credential, owns a room or did something stays', async () => {
      const signedIn = await enter('Signed In', 'nothing')
      const withCredential = await addAccount('With Credential')
      const owner = await enter('Owner', 'nothing')
      await own(owner.user.id)
      const writer = await enter('Writer')
      for (const { user, sessionId } of [owner, writer]) await accounts.signOut({ user, sessionId })
      now += UNUSED_LIFETIME_MS
      expect((await expire()).people).toBe(0)
      for (const id of [signedIn.user.id, withCredential, owner.user.id, writer.user.id]) {
        expect(await rows('users', { id })).toHaveLength(1)
      }
    })

    test('[H3] an account that a provider began and never finished is removed', async () => {
      const id = await addAccount('Half Way', { hasCredential: false })
      now += UNUSED_LIFETIME_MS
      expect((await expire()).people).toBe(1)
      expect(await rows('users', { id })).toEqual([])
    })

    test('[H3] a crowd is removed in many turns', async () => {
      for (let batch = 0; batch < 3; batch++) {
        const ids = await Promise.all(Array.from({ length: 101 }, () => on.db.takeTextIds(2)))
        await on.db.write(async (writer) => {
          for (const [index, firstTextId] of ids.entries()) {
            const name = readPersonName(`Crowd ${String.fromCharCode(97 + batch)} ${index + 2}`)
            await addPerson(writer, secret, { id: newId(), kind: 'account', name, firstTextId, now })
          }
        })
      }
      now += UNUSED_LIFETIME_MS
      expect((await expire()).people).toBe(303)
      expect((await expire()).people).toBe(0)
    }, 60_000)
  })

  test('[A7] it runs a minute after the start and then every hour, until it is stopped', async () => {
    await enter('Ann')
    const clock = new FakeClock(now + SESSION_LIFETIME_MS + GUEST_LIFETIME_MS)
    let told = Promise.withResolvers<void>()
    const stop = keepExpiring({ db: on.db, clock, log: { ...log, info: () => told.resolve() }, passRooms })
    clock.advance(59_999)
    await expect(enter('Ann')).rejects.toThrow('already has this name')
    clock.advance(1)
    await told.promise
    await enter('Ann')

    told = Promise.withResolvers<void>()
    now = clock.now() - SESSION_LIFETIME_MS
    await enter('Bob')
    clock.advance(60 * 60_000)
    await told.promise
    await stop()
    expect(clock.pending).toBe(0)
    expect(errors).toEqual([])
  })

  async function addAccount(displayName: string, { hasCredential = true } = {}): Promise<UserId> {
    const id = newId<UserId>()
    const firstTextId = await on.db.takeTextIds(2)
    await on.db.write(async (writer) => {
      await addPerson(writer, secret, { id, kind: 'account', name: readPersonName(displayName), firstTextId, now })
      if (!hasCredential) return
      const tokens = { access_token: null, refresh_token: null, id_token: null, scope: null, password: 'hash' }
      const times = { access_token_expires_at: null, refresh_token_expires_at: null, created_at: now, updated_at: now }
      const account = { id: newId(), user_id: id, provider_id: 'password', account_id: id, ...tokens, ...times }
      await writer.insert('accounts', [account])
    })
    return id
  }
}

const EMPTYING = (['users', 'sessions', 'handles', 'entries', 'accounts', 'rooms', 'streams'] as const).map((table) =>
  statement<Record<never, never>>(({ db }) => db.deleteFrom(table)),
)

const haveDone = statement<{ id: Tables['streams']['id'] }>(({ db, params }) =>
  db.updateTable('streams').set({ head: 1 }).where('id', '=', params.id),
)

const prolong = statement<{ userId: UserId; at: number }>(({ db, params }) =>
  db.updateTable('sessions').set({ expires_at: params.at }).where('user_id', '=', params.userId),
)

function fail(...what: unknown[]): never {
  throw new Error(`This should not have happened: ${String(what[0] ?? 'on purpose')}`)
}
