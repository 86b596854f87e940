import { describe, expect, test } from 'bun:test'
import { type CommandId, newId, type UserId } from '@parley/protocol'
import { codeOf, onBothDatabases, PASSWORD, refusalOf } from '../../../../tests/support/state.ts'
import { statement } from '../storage/statement.ts'
import { disable } from '../storage/users.ts'

let count = 0
const fresh = (stem: string) => `${stem}-${'bcdfghjkmnpqrstvwxz'[count % 19]}${'aeiou'[count++ % 5]}${count}`

onBothDatabases((stage) => {
  const register = (ask: { handle?: string; name?: string; password?: string; email?: string } = {}) => {
    const handle = ask.handle ?? fresh('person')
    return stage.accounts.register({ handle, name: handle, password: PASSWORD, ...ask })
  }
  const signIn = (handle: string, password: string) => stage.accounts.signIn({ handle, password })
  const guest = (name: string) =>
    stage.accounts.enter({ id: newId<CommandId>(), name, secret: 'a secret of sixteen characters or more' })

  describe('register', () => {
    test('[U1] makes an account with a chosen handle, and signs in', async () => {
      const { user, token } = await register({ handle: 'ann.lee', name: 'Ann from Leeds' })
      expect(user).toMatchObject({ kind: 'account', handle: 'ann.lee', displayName: 'Ann from Leeds', version: 1 })
      expect((await stage.accounts.authenticate(token))?.actor.user).toEqual(user)
    })

    test('[U1] the e-mail address is optional, kept apart, and shown to nobody', async () => {
      const { user, token } = await register({ email: ' Canary@Example.ORG ' })
      expect(JSON.stringify(user)).not.toContain('anary')
      const person = await stage.signedIn(token)
      expect(JSON.stringify(await stage.state.welcome(person.actor))).not.toContain('anary')
      expect((await register({ email: '  ' })).user.kind).toBe('account')
      for (const email of [
        'nobody',
        'a@b',
        '@example.org',
        'a b@example.org',
        'a@exa mple.org',
        'a@1.2.3.4',
        `${'x'.repeat(300)}@example.org`,
      ]) {
        expect([email, await codeOf(register({ email }))]).toEqual([email, 'email-invalid'])
      }
    })

    test('[U1] a handle or name that somebody has is refused with a free one, and says which of them it is', async () => {
      await register({ handle: 'grace', name: 'Rear Admiral Hopper' })
      const taken = await refusalOf(register({ handle: 'Grace', name: 'Somebody Else Entirely' }))
      expect([taken.code, taken.details]).toEqual(['name-taken', { field: 'handle', suggestion: 'grace-2' }])
      const named = await refusalOf(register({ handle: fresh('x'), name: 'rear admiral hopper' }))
      expect([named.code, named.details]).toEqual(['name-taken', { suggestion: 'rear admiral hopper 2' }])
      expect(await codeOf(register({ handle: 'graсe', name: 'Another Somebody' }))).toBe('name-confusable')
      expect(await codeOf(guest('grace'))).toBe('name-taken')
    })

    test('[U1] handles are 2 to 32 letters, digits, dots or hyphens', async () => {
      for (const handle of ['', 'a', '-ann', 'ann-', 'ann lee', 'ann/lee', 'a'.repeat(33), '<b>', 'ann@lee', '..']) {
        expect([handle, await codeOf(register({ handle, name: fresh('n') }))]).toEqual([handle, 'handle-invalid'])
      }
      for (const handle of ['b2', 'Анна.Ли', '李小龍', '@jo.jo']) {
        expect((await register({ handle, name: fresh('n') })).user.handle).toBe(handle.toLowerCase().replace('@', ''))
      }
    })

    test('[U1] of many who want one handle at once, one gets it', async () => {
      const handle = fresh('wanted')
      const results = await Promise.allSettled([1, 2, 3, 4].map(() => register({ handle })))
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    })

    test('[U1] passwords that are short, long, common or the own name are refused', async () => {
      const refused = [
        ['short', 'password-too-short'],
        ['x'.repeat(257), 'password-too-long'],
        ['Password123!', 'password-too-common'],
        ['qwertyuiop', 'password-too-common'],
        ['1234567890', 'password-too-common'],
        ['aaaaaaaaaaaa', 'password-too-common'],
        ['christabel.may99', 'password-too-common'],
        ['Christabel-May!', 'password-too-common'],
      ] as const
      for (const [password, code] of refused) {
        const ask = { handle: 'christabel.may', name: 'Christabel May', password }
        expect([password, await codeOf(register(ask))]).toEqual([password, code])
      }
    })

    test('[U1] the password lies in the database as an argon2id digest alone', async () => {
      const { user } = await register({ password: 'canary song at dawn' })
      const [row] = await stage.db.read((reader) => reader.lookup('accounts', ['user_id'], [{ user_id: user.id }]))
      expect(row?.password).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
      expect(JSON.stringify(row)).not.toContain('canary')
    })
  })

  describe('sign-in', () => {
    test('[U2] by handle, in any case, or by the name that it was made of', async () => {
      const { user } = await register({ handle: 'ada.byron', name: 'Ada Byron' })
      for (const handle of ['ada.byron', 'ADA.Byron', ' @ada.byron ', 'Ada Byron']) {
        const session = await signIn(handle, PASSWORD)
        expect(session.user.id).toBe(user.id)
      }
    })

    test('[U2] nobody, no password, a wrong one and somebody disabled are all wrong-credentials', async () => {
      const { user: known } = await register()
      const { user: disabled } = await register()
      const { user: nameOnly } = await guest(fresh('guest'))
      await stage.db.write((writer) => writer.run(disable, { userId: disabled.id, at: stage.now }))
      const tries = [
        signIn('nobody-at-all', PASSWORD),
        signIn(nameOnly.handle, PASSWORD),
        signIn(known.handle, 'not the password'),
        signIn(known.handle, ''),
        signIn(disabled.handle, PASSWORD),
        signIn('', PASSWORD),
        signIn('\u200b', PASSWORD),
      ]
      for (const refusal of await Promise.all(tries.map(refusalOf))) {
        expect([refusal.code, refusal.details, refusal.retryAfterMs]).toEqual([
          'wrong-credentials',
          undefined,
          undefined,
        ])
      }
    })

    test('[U2] each way of failing takes as long as the others', async () => {
      const { user: known } = await register()
      const { user: nameOnly } = await guest(fresh('guest'))
      const took = { unknown: [] as number[], guest: [] as number[], wrong: [] as number[] }
      const time = async (into: number[], handle: string) => {
        const startedAt = performance.now()
        await refusalOf(signIn(handle, 'not the password'))
        into.push(performance.now() - startedAt)
      }
      for (let round = 0; round < 15; round++) {
        await time(took.unknown, `nobody-${round}`)
        await time(took.guest, nameOnly.handle)
        await time(took.wrong, known.handle)
      }
      // Of fifteen the fourth: what others do on this machine only ever adds to a time.
      const undisturbed = (times: number[]) => times.sort((a, b) => a - b)[3] ?? 0
      const wrong = undisturbed(took.wrong)
      expect(wrong).toBeGreaterThan(5)
      for (const times of [took.unknown, took.guest]) {
        expect(Math.abs(undisturbed(times) - wrong)).toBeLessThan(wrong * 0.35)
      }
    }, 30_000)

    test('[U2] a session says from what device it was made', async () => {
      const { user } = await register()
      const device = 'Firefox on Linux'
      const { token } = await stage.accounts.signIn({ handle: user.handle, password: PASSWORD, device })
      const person = await stage.signedIn(token)
      const { sessions } = await person.asks('list-sessions', {})
      expect(sessions).toHaveLength(2)
      expect(sessions.find(({ isCurrent }) => isCurrent)).toMatchObject({ device, id: person.actor.sessionId })
    })
  })

  describe('claim-account', () => {
    test('[U3] a guest keeps id, rooms, messages and roles', async () => {
      const person = await stage.person('Claire')
      const roomId = await person.createsRoom('Hers')
      await person.posts(roomId, 'mine')
      const { user, token } = await stage.accounts.claimAccount(person.actor, { password: PASSWORD })
      expect(user).toEqual({ ...person.actor.user, kind: 'account', version: 2 })
      expect(stage.fanout.heard).toContainEqual({ kind: 'profile', user })
      const later = await stage.signedIn((await signIn(user.handle, PASSWORD)).token)
      expect(await later.reads(roomId)).toEqual(['mine'])
      await later.does('rename-room', { roomId, name: 'Still hers' })
      expect((await stage.signedIn(token)).id).toBe(person.id)
    })

    test('[U3] the session gets another token; the old one and all other sessions end', async () => {
      const ask = { id: newId<CommandId>(), name: fresh('planted'), secret: 'a secret of sixteen characters or more' }
      const [mine, planted] = [await stage.accounts.enter(ask), await stage.accounts.enter(ask)]
      const person = await stage.signedIn(mine.token)
      const other = await stage.signedIn(planted.token)
      stage.fanout.heard.length = 0
      const claimed = await stage.accounts.claimAccount(person.actor, { password: PASSWORD })
      expect(await stage.accounts.authenticate(mine.token)).toBeUndefined()
      expect(await stage.accounts.authenticate(planted.token)).toBeUndefined()
      expect((await stage.accounts.authenticate(claimed.token))?.actor.sessionId).toBe(person.actor.sessionId)
      expect((await stage.accounts.renew(person.actor.sessionId))?.actor.user.kind).toBe('account')
      expect(stage.fanout.heard).toContainEqual({ kind: 'session-ended', sessionId: other.actor.sessionId })
      // Nor does the entry, which is still known, give a session of the account.
      expect(await codeOf(stage.accounts.enter(ask))).toBe('name-taken')
    })

    test('[U3] an account is already-an-account, also for whoever asks twice at once', async () => {
      const account = await stage.account('Hugo')
      expect(await codeOf(stage.accounts.claimAccount(account.actor, { password: PASSWORD }))).toBe(
        'already-an-account',
      )
      const person = await stage.person('Ivo')
      const claims = [1, 2].map(() => stage.accounts.claimAccount(person.actor, { password: PASSWORD }))
      const results = await Promise.allSettled(claims)
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    })
  })

  describe('change-password', () => {
    test('[U5] asks for the present one and ends all other sessions', async () => {
      const { user, token } = await register()
      const phone = await stage.signedIn((await signIn(user.handle, PASSWORD)).token)
      const laptop = await stage.signedIn(token)
      const change = (ask: { current?: string; next: string }) => stage.accounts.changePassword(laptop.actor, ask)
      expect(await codeOf(change({ current: 'something else', next: 'another tram at night' }))).toBe('wrong-password')
      expect(await codeOf(change({ next: 'another tram at night' }))).toBe('wrong-password')
      expect(await codeOf(change({ current: PASSWORD, next: user.handle.padEnd(12, '1') }))).toBe('password-too-common')
      stage.fanout.heard.length = 0
      await change({ current: PASSWORD, next: 'another tram at night' })
      expect(stage.fanout.heard).toEqual([{ kind: 'session-ended', sessionId: phone.actor.sessionId }])
      expect(await stage.accounts.authenticate(token)).toBeDefined()
      expect(await codeOf(signIn(user.handle, PASSWORD))).toBe('wrong-credentials')
      expect((await signIn(user.handle, 'another tram at night')).user.id).toBe(user.id)
    })

    test('[U5] a guest is told account-needed; an account without a password, that it takes a proof', async () => {
      const person = await stage.person('Gast')
      const asked = stage.accounts.changePassword(person.actor, { next: 'another tram at night' })
      expect(await codeOf(asked)).toBe('account-needed')
      const account = await stage.account('Paul')
      await stage.db.write((writer) => writer.run(forgetPassword, { userId: account.id }))
      const first = stage.accounts.changePassword(account.actor, { next: 'another tram at night' })
      expect(await codeOf(first)).toBe('proof-needed')
      expect(await codeOf(signIn(account.actor.user.handle, 'another tram at night'))).toBe('wrong-credentials')
    })
  })

  describe('sessions', () => {
    test('[U7] end-session ends one of the own devices, and nobody else can', async () => {
      const { user, token } = await register()
      const laptop = await stage.signedIn(token)
      const second = (await signIn(user.handle, PASSWORD)).token
      const phone = await stage.signedIn(second)
      const stranger = await stage.account('Eve')
      stage.fanout.heard.length = 0
      await stage.accounts.endSession(stranger.actor, phone.actor.sessionId)
      expect(stage.fanout.heard).toEqual([])
      expect(await stage.accounts.authenticate(second)).toBeDefined()
      await stage.accounts.endSession(laptop.actor, phone.actor.sessionId)
      expect(stage.fanout.heard).toEqual([{ kind: 'session-ended', sessionId: phone.actor.sessionId }])
      expect(await stage.accounts.authenticate(second)).toBeUndefined()
      await stage.accounts.endSession(laptop.actor, phone.actor.sessionId)
    })

    test('[U7] end-other-sessions leaves this one', async () => {
      const { user, token } = await register()
      const others = [await signIn(user.handle, PASSWORD), await signIn(user.handle, PASSWORD)]
      const laptop = await stage.signedIn(token)
      await stage.accounts.endOtherSessions(laptop.actor)
      for (const other of others) expect(await stage.accounts.authenticate(other.token)).toBeUndefined()
      expect((await laptop.asks('list-sessions', {})).sessions.map(({ isCurrent }) => isCurrent)).toEqual([true])
    })
  })
})

const forgetPassword = statement<{ userId: UserId }>(({ db, params }) =>
  db.deleteFrom('accounts').where('user_id', '=', params.userId),
)
