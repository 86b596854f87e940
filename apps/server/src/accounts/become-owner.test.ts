import { expect, test } from 'bun:test'
import { codeOf, onBothDatabases, PASSWORD } from '../../../../tests/support/state.ts'
import { statement } from '../storage/statement.ts'

onBothDatabases((stage) => {
  test('[U6] every start gives a link, each counts until one is used, once, for accounts only, kept as digests', async () => {
    const early = stage.setUpToken ?? ''
    await stage.restart()
    const token = stage.setUpToken ?? ''
    expect(token).toMatch(/^[\w-]{32}$/)
    const kept = await stage.db.read((reader) => reader.all(everything, {}))
    expect(kept.filter(({ key }) => key.startsWith('set-up:'))).toHaveLength(2)
    for (const { key, value } of kept) for (const link of [early, token]) expect(key + value).not.toContain(link)
    expect((await stage.accounts.describeInstance()).needsOwner).toBe(true)
    const [ann, guest] = [await stage.account('Ann'), await stage.person('Bob')]
    for (const wrong of ['', 'made up', `${token}x`]) {
      expect(await codeOf(stage.accounts.becomeOwner(ann.actor, wrong))).toBe('set-up-link-invalid')
    }
    // A guest may come back with the same link after claiming the account.
    expect(await codeOf(stage.accounts.becomeOwner(guest.actor, token))).toBe('account-needed')
    const claimed = await stage.accounts.claimAccount(guest.actor, { password: PASSWORD })
    const bob = await stage.signedIn(claimed.token)
    const results = await Promise.allSettled([
      stage.accounts.becomeOwner(ann.actor, token),
      stage.accounts.becomeOwner(bob.actor, early),
    ])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const owner = results[0]?.status === 'fulfilled' ? ann : bob
    const present = await stage.state.welcome(owner.actor)
    expect(present.user).toMatchObject({ role: 'owner', version: owner.actor.user.version + 1 })
    expect(stage.fanout.heard).toContainEqual({ kind: 'profile', user: present.user })
    expect((await stage.accounts.describeInstance()).needsOwner).toBe(false)
    expect(await codeOf(stage.accounts.becomeOwner(ann.actor, token))).toBe('set-up-link-invalid')
    await stage.restart()
    expect(stage.setUpToken).toBeUndefined()
  })
})

const everything = statement<object, { key: string; value: string }>(({ db }) => db.selectFrom('meta').selectAll())
