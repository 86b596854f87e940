import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { newId, type UserId, userStream } from '@parley/protocol'
import { sessionCookie } from '../credentials.ts'
import { localFanout } from '../fanout/local-fanout.ts'
import type { Accounts } from './accounts.ts'
import { type Auth, createAuth } from './auth.ts'
import { createAccounts } from './guest-accounts.ts'
import { secretFrom } from './secret.ts'
import { SESSION_EXTENDED_EVERY_MS, SESSION_LIFETIME_MS, signToken } from './session-tokens.ts'
import type { TestDatabase } from './test-databases.contract.ts'

const secret = secretFrom('a secret that only this test knows, and long enough')

/** better-auth and our own accounts are two views of the same rows. */
export function authContract(open: () => Promise<TestDatabase>): void {
  let on: TestDatabase
  let accounts: Accounts
  let auth: Auth
  let inner: Awaited<Auth['$context']>['internalAdapter']
  const complaints: unknown[] = []
  const log = {
    warn: (...record: unknown[]) => void complaints.push(record),
    error: (...record: unknown[]) => void complaints.push(record),
  }

  beforeAll(async () => {
    on = await open()
    accounts = createAccounts({ db: on.db, secret, fanout: localFanout(log.error), log, now: Date.now })
    auth = await createAuth({ db: on.db, secret, log, now: Date.now, url: 'https://chat.example', providers: ['corp'] })
    inner = (await auth.$context).internalAdapter
  }, 60_000)
  afterAll(async () => {
    expect(complaints).toEqual([])
    await on.close()
  })

  let count = 10
  const enter = () => accounts.enter({ id: newId(), name: `Person ${++count}`, secret: crypto.randomUUID() })
  // What a browser sends back of the cookie that we set.
  const cookie = (token: string) => {
    const [pair = ''] = sessionCookie(token, { origin: 'https://chat.example', maxAgeMs: SESSION_LIFETIME_MS }).split(
      ';',
    )
    return new Headers({ cookie: pair })
  }

  const createUser = (name: string, email: string) =>
    inner.createUser({ name, email }, { method: 'oauth', oauth: { providerId: 'corp' } })

  describe('sessions', () => {
    test('[H5] better-auth accepts a session of ours', async () => {
      const { user, token, expiresAt } = await enter()
      const found = await auth.api.getSession({ headers: cookie(token) })
      expect(found?.user).toMatchObject({ id: user.id, name: user.displayName, emailVerified: false })
      expect(found?.user.email).toMatch(/^[0-9a-f]{32}@parley\.invalid$/)
      expect(found?.session.expiresAt).toEqual(new Date(expiresAt))
      expect(await auth.api.getSession({ headers: cookie(encodeURIComponent(token)) })).toEqual(found)
      expect(await auth.api.getSession({ headers: cookie(`${token}x`) })).toBeNull()
      expect(await auth.api.getSession({ headers: cookie(token.replace(/^./, '_')) })).toBeNull()
    })

    test('[H5] we accept a session that better-auth makes', async () => {
      const { user } = await enter()
      const session = await inner.createSession(user.id)
      const found = await accounts.authenticate(signToken(secret, session.token))
      expect(found?.actor).toEqual({ user, sessionId: session.id as never })
      expect(found?.expiresAt).toBe(session.expiresAt.getTime())
      expect(Math.abs(session.expiresAt.getTime() - Date.now() - SESSION_LIFETIME_MS)).toBeLessThan(60_000)
    })

    test('[G9] a sign-out ends it for both, on either side', async () => {
      const [ours, theirs] = [await enter(), await enter()]
      const session = await accounts.authenticate(ours.token)
      if (!session) throw new Error('The guest is not signed in.')
      await accounts.signOut(session.actor)
      expect(await auth.api.getSession({ headers: cookie(ours.token) })).toBeNull()
      await inner.deleteSession(theirs.token.slice(0, theirs.token.lastIndexOf('.')))
      expect(await accounts.authenticate(theirs.token)).toBeUndefined()
    })

    test('[H5] better-auth extends and expires by our columns', async () => {
      const { user } = await enter()
      const aged = await inner.createSession(
        user.id,
        false,
        {
          expiresAt: new Date(Date.now() + SESSION_LIFETIME_MS - SESSION_EXTENDED_EVERY_MS - 1_000),
        },
        true,
      )
      const found = await auth.api.getSession({ headers: cookie(signToken(secret, aged.token)) })
      expect(found?.session.expiresAt.getTime()).toBeGreaterThan(Date.now() + SESSION_LIFETIME_MS - 60_000)
      const over = await inner.createSession(user.id, false, { expiresAt: new Date(Date.now() - 1) }, true)
      expect(await auth.api.getSession({ headers: cookie(signToken(secret, over.token)) })).toBeNull()
      expect(await inner.findSession(over.token)).toBeNull()
      expect((await inner.listSessions(user.id)).map((session) => session.id)).toHaveLength(2)
      expect(await inner.listSessions(user.id, { onlyActiveSessions: true })).toHaveLength(2)
      await inner.deleteUserSessions(user.id)
      expect(await inner.listSessions(user.id)).toEqual([])
    })
  })

  describe('users', () => {
    test('[H2] a user of better-auth gets a free name, a stream and an e-mail that is nobody’s', async () => {
      const guest = await enter()
      const name = guest.user.displayName
      const email = 'ann@example.com'
      const [first, second] = [await createUser(name, email), await createUser('x'.repeat(90), email)]
      expect(first?.name).not.toBe(name)
      expect(first?.name).toMatch(/^Person \d+$/)
      expect(second?.name).toBe('x'.repeat(16))
      expect(await createUser(' ', email)).toMatchObject({ name: expect.stringMatching(/^Guest/) })
      expect(first?.email).not.toBe(second?.email)
      expect(await inner.findUserByEmail(email)).toBeNull()
      const session = await inner.createSession(String(first?.id))
      const found = await accounts.authenticate(signToken(secret, session.token))
      expect(found?.actor.user).toMatchObject({ kind: 'account', version: 1 })
      const id = userStream(first?.id as UserId)
      expect(await on.db.read((reader) => reader.lookup('streams', ['id'], [{ id }]))).toHaveLength(1)
    })

    test('[H2] a credential and a provider are found again by their keys', async () => {
      const { user } = await enter()
      await inner.linkAccount({
        userId: user.id,
        providerId: 'corp',
        accountId: 'subject-1',
        accessToken: 'a',
        accessTokenExpiresAt: new Date(5_000),
      })
      await inner.linkAccount({ userId: user.id, providerId: 'credential', accountId: user.id, password: 'hash' })
      const owner = await inner.findAccountOwnerByKey({ providerId: 'corp', accountId: 'subject-1' })
      expect(owner).toMatchObject({
        kind: 'owned',
        user: { id: user.id, name: user.displayName },
        account: { userId: user.id, accessTokenExpiresAt: new Date(5_000) },
      })
      expect(await inner.findAccountOwnerByKey({ providerId: 'corp', accountId: 'subject-2' })).toBeNull()
      await inner.updatePassword(user.id, 'another hash')
      const passwords = (await inner.findAccounts(user.id)).map((account) => account.password)
      expect(passwords.sort()).toEqual(['another hash', null])
      // The same subject of the same provider is never linked to a second person.
      const other = await enter()
      const twice = inner.linkAccount({ userId: other.user.id, providerId: 'corp', accountId: 'subject-1' })
      await expect(twice).rejects.toThrow(/unique/i)
    })

    test('[H3] better-auth neither renames nor deletes people', async () => {
      const { user, token } = await enter()
      await expect(inner.updateUser(user.id, { name: 'Mallory' })).rejects.toThrow('changed by commands')
      expect(await inner.updateUser(user.id, { emailVerified: true })).toMatchObject({
        name: user.displayName,
        emailVerified: true,
      })
      const { adapter } = await auth.$context
      await expect(adapter.delete({ model: 'user', where: [{ field: 'id', value: user.id }] })).rejects.toThrow(
        'deleted by commands',
      )
      expect((await accounts.authenticate(token))?.actor.user).toEqual(user)
    })

    test('[H2] an OAuth state is consumed once, also of two at once', async () => {
      const value = JSON.stringify({ state: 'x' })
      await inner.createVerificationValue({ identifier: 'state-1', value, expiresAt: new Date(Date.now() + 60_000) })
      expect(await inner.findVerificationValue('state-1')).toMatchObject({ value })
      const { adapter } = await auth.$context
      const consume = () =>
        adapter.consumeOne({ model: 'verification', where: [{ field: 'identifier', value: 'state-1' }] })
      const consumed = await Promise.all([consume(), consume(), consume()])
      expect(consumed.filter(Boolean)).toHaveLength(1)
      await inner.createVerificationValue({ identifier: 'old', value, expiresAt: new Date(Date.now() - 1) })
      await adapter.deleteMany({
        model: 'verification',
        where: [{ field: 'expiresAt', value: new Date(), operator: 'lt' }],
      })
      expect(await adapter.count({ model: 'verification' })).toBe(0)
    })
  })

  describe('better-auth write against batch', () => {
    for (const ending of ['commits', 'is rolled back'] as const) {
      test(`[B1] a write of better-auth while a batch is open neither freezes, fails nor vanishes when the batch ${ending}`, async () => {
        const { user } = await enter()
        const batch = openBatch()
        await batch.isOpen
        let isWritten = false
        const written = inner.createSession(user.id).finally(() => {
          isWritten = true
        })
        // The loop goes on turning while both are under way: a connection that waits for a lock inside SQLite stops it.
        let slowestTurnMs = 0
        for (let turn = 0; turn < 50; turn++) {
          const before = performance.now()
          await new Promise((resolve) => setImmediate(resolve))
          slowestTurnMs = Math.max(slowestTurnMs, performance.now() - before)
        }
        expect(slowestTurnMs).toBeLessThan(500)
        // One queue: on SQLite it stands behind the batch, on PostgreSQL it needs nothing of it.
        if (on.db.dialect === 'sqlite') expect(isWritten).toBe(false)

        batch.end(ending)
        const session = await written
        if (ending === 'commits') await batch.done
        else await expect(batch.done).rejects.toThrow('rolled back on purpose')
        const found = await accounts.authenticate(signToken(secret, session.token))
        expect(found?.actor.user).toEqual(user)
        const kept = await on.db.read((reader) => reader.lookup('meta', ['key'], [{ key: batch.key }]))
        expect(kept).toHaveLength(ending === 'commits' ? 1 : 0)
      })
    }

    function openBatch() {
      const key = newId<UserId>()
      const opened = Promise.withResolvers<void>()
      const ended = Promise.withResolvers<'commits' | 'is rolled back'>()
      const done = on.db.write(async (writer) => {
        await writer.insert('meta', [{ key, value: 'written by the batch' }])
        opened.resolve()
        if ((await ended.promise) === 'is rolled back') throw new Error('rolled back on purpose')
      })
      done.catch(() => undefined)
      return { key, isOpen: opened.promise, end: ended.resolve, done }
    }
  })
}
