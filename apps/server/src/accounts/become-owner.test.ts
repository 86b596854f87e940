import { expect, test } from 'bun:test'
import { codeOf, onBothDatabases, PASSWORD } from '../../../../tests/support/state.ts'

onBothDatabases((stage) => {
  test('[U6] a new start gives a new link, the last one counts, once, and for accounts only', async () => {
    const early = stage.setUpToken ?? ''
    await stage.restart()
    const token = stage.setUpToken ?? ''
    expect(token).toMatch(/^[\w-]{32}$/)
    expect((await stage.accounts.describeInstance()).needsOwner).toBe(true)
    const [ann, guest] = [await stage.account('Ann'), await stage.person('Bob')]
    for (const wrong of [early, '', 'made up', `${token}x`]) {
      expect(await codeOf(stage.accounts.becomeOwner(ann.actor, wrong))).toBe('set-up-link-invalid')
    }
    // A guest may come back with the same link after claiming the account.
    expect(await codeOf(stage.accounts.becomeOwner(guest.actor, token))).toBe('account-needed')
    const claimed = await stage.accounts.claimAccount(guest.actor, { password: PASSWORD })
    const bob = await stage.signedIn(claimed.token)
    const results = await Promise.allSettled([ann, bob].map(({ actor }) => stage.accounts.becomeOwner(actor, token)))
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

  test('[U6] the token is kept as a digest alone', async () => {
    const rows = await stage.db.read((reader) => reader.lookup('meta', ['key'], [{ key: 'set-up' }]))
    for (const { value } of rows) expect(value).not.toBe(stage.setUpToken ?? '')
  })
})
