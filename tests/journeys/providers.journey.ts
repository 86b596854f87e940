import { freePort } from '../../scripts/services/free-port.ts'
import { startServer, type TestServer } from '../support/harness.ts'
import { type IdentityProvider, startIdentityProvider } from '../support/identity-provider.ts'
import { PASSWORD, registers } from '../support/ui/accounts.ts'
import { expect, test } from '../support/ui/journey.ts'
import { person, visitor } from '../support/ui/people.ts'

let provider: IdentityProvider
let server: TestServer

test.describe.configure({ mode: 'serial' })
test.beforeAll(async () => {
  const port = await freePort()
  const people = { ann: { name: 'Ann Lee' }, ben: { name: 'Ben Oak' }, zoe: { name: 'Zoë Fox' } }
  provider = await startIdentityProvider({ origin: `http://127.0.0.1:${port}`, people })
  const env = { ...provider.settings('CORP'), PARLEY_OIDC_CORP_LABEL: 'Our company' }
  server = await startServer({ port, env })
  const isReady = async () => JSON.stringify(await (await fetch(`${server.url}/readyz`)).json())
  await expect.poll(isReady).toContain('"corp":"ready"')
})
test.afterAll(async () => {
  await server.stop()
  await provider.stop()
})

test('[P4] from the button at the provider to a room, and back another day', async ({ browser }) => {
  const ann = await visitor(browser, server)
  const { page } = ann
  await page.getByRole('button', { name: 'Continue with Our company' }).click()
  await page.getByRole('button', { name: 'Sign in as Ann Lee' }).click()
  await expect(page.getByRole('heading', { name: 'How shall others call you?' })).toBeVisible()
  await expect(page.getByRole('textbox', { name: 'Your name' })).toHaveValue('Ann Lee')
  await expect(page.getByRole('textbox', { name: 'Handle' })).toHaveValue('ann-lee')
  // The ticket is not left in the address bar, from where it would be copied.
  expect(new URL(page.url()).hash).toBe('')
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await ann.createsRoom('By a provider')
  await ann.says('I came by a provider')
  await ann.sees('I came by a provider')

  const phone = await visitor(browser, server)
  await phone.page.getByRole('button', { name: 'Continue with Our company' }).click()
  await phone.page.getByRole('button', { name: 'Sign in as Ann Lee' }).click()
  await phone.sees('I came by a provider')
  for (const someone of [ann, phone]) {
    expect(someone.faults).toEqual([])
    await someone.leaves()
  }
})

test('[P4] the name is asked for once it is known what the provider calls them, however long that takes', async ({
  browser,
}) => {
  provider.people.set('kai', { name: 'Kai Low' })
  const kai = await visitor(browser, server)
  const { page } = kai
  let answer = () => {}
  const mayAnswer = new Promise<void>((resolve) => {
    answer = resolve
  })
  await page.route('**/api/commands/describe-sign-up', async (route) => {
    await mayAnswer
    await route.continue()
  })
  await page.getByRole('button', { name: 'Continue with Our company' }).click()
  await page.getByRole('button', { name: 'Sign in as Kai Low' }).click()
  await expect(page.getByRole('img', { name: 'Asking for your name' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Create account' })).toBeHidden()
  answer()
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await expect(kai.sidebar.getByText('Kai Low', { exact: true })).toBeVisible()
  expect(kai.faults).toEqual([])
  await kai.leaves()
})

test('[P4] a guest connects a provider, keeps everything, and gets in by it elsewhere', async ({ browser }) => {
  const ben = await person(browser, server, 'Ben the guest')
  await ben.createsRoom('Mine to keep')
  await ben.says('Still mine')
  await ben.chooses('Account')
  await ben.page.getByRole('button', { name: 'Connect Our company' }).click()
  await ben.page.getByRole('button', { name: 'Sign in as Ben Oak' }).click()
  await expect(ben.sidebar.getByText('Ben the guest', { exact: true })).toBeVisible()
  await expect(ben.page.getByRole('heading', { name: 'Password', exact: true })).toBeVisible()
  const phone = await visitor(browser, server)
  await phone.page.getByRole('button', { name: 'Continue with Our company' }).click()
  await phone.page.getByRole('button', { name: 'Sign in as Ben Oak' }).click()
  await phone.sees('Still mine')
  await expect(phone.sidebar.getByText('Ben the guest', { exact: true })).toBeVisible()
  for (const someone of [ben, phone]) {
    expect(someone.faults).toEqual([])
    await someone.leaves()
  }
})

test('[P6] who cancels there is told so here, in words, and can go another way', async ({ browser }) => {
  const zoe = await visitor(browser, server)
  await zoe.page.getByRole('button', { name: 'Continue with Our company' }).click()
  await zoe.page.getByRole('button', { name: 'Cancel' }).click()
  await expect(zoe.page.getByText('You did not go on at the provider. Nothing was changed.')).toBeVisible()
  await zoe.page.getByRole('link', { name: 'Enter as a guest' }).click()
  await zoe.enters('Zoe after all')
  await expect(zoe.sidebar.getByText('Zoe after all', { exact: true })).toBeVisible()
  expect(zoe.faults).toEqual([])
  await zoe.leaves()
})

test('[P4] an identity that is somebody else’s is not connected, and the page says so', async ({ browser }) => {
  const owner = await visitor(browser, server)
  await owner.page.getByRole('button', { name: 'Continue with Our company' }).click()
  await owner.page.getByRole('button', { name: 'Sign in as Zoë Fox' }).click()
  await owner.page.getByRole('button', { name: 'Create account' }).click()
  await expect(owner.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await owner.leaves()
  const zoe = await person(browser, server, 'Zoe again')
  await zoe.chooses('Account')
  await zoe.page.getByRole('button', { name: 'Connect Our company' }).click()
  // Also when the page is greeted before it knows who is signed in.
  const greeted = zoe.page.waitForEvent('websocket').then((socket) => socket.waitForEvent('framereceived'))
  await zoe.page.route('**/api/session', async (route) => {
    await greeted
    await route.continue()
  })
  await zoe.page.getByRole('button', { name: 'Sign in as Zoë Fox' }).click()
  await expect(zoe.page.getByText('This sign-in belongs to another account here.')).toBeVisible()
  await expect(zoe.page.getByRole('heading', { name: 'Keep your name: add a password' })).toBeVisible()
  expect(zoe.faults).toEqual([])
  await zoe.leaves()
})

test('[U11] [P7] with a password: connecting asks for it, and what is connected can be disconnected', async ({
  browser,
}) => {
  provider.people.set('una', { name: 'Una Ash' })
  const una = await visitor(browser, server)
  const { page } = una
  await registers(una, 'Una the accountant')
  await una.chooses('Account')
  await page.getByRole('button', { name: 'Connect Our company' }).click()
  const proof = page.getByRole('dialog', { name: 'Confirm it is you' })
  await proof.getByLabel('Password', { exact: true }).fill('not the password')
  await proof.getByRole('button', { name: 'Confirm' }).click()
  await expect(proof.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(/not your password/)
  await proof.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await proof.getByRole('button', { name: 'Confirm' }).click()
  await page.getByRole('button', { name: 'Sign in as Una Ash' }).click()
  const connected = page.getByRole('list', { name: 'Connected providers' })
  await expect(connected.getByRole('listitem')).toHaveText(/Our company.*Connected today/)
  await expect(page.getByRole('button', { name: 'Connect Our company', exact: true })).toBeHidden()
  await connected.getByRole('button', { name: 'Disconnect Our company' }).click()
  const question = page.getByRole('dialog', { name: 'Disconnect Our company?' })
  await question.getByRole('button', { name: 'Disconnect', exact: true }).click()
  await expect(una.notifications.getByText('Our company is disconnected.')).toBeVisible()
  await expect(connected).toBeHidden()
  await expect(page.getByRole('button', { name: 'Connect Our company', exact: true })).toBeVisible()
  expect(una.faults).toEqual([])
  await una.leaves()
})

test('[U11] [P7] without a password: the provider is asked anew, and the only way in stays', async ({ browser }) => {
  provider.people.set('ida', { name: 'Ida Elm' })
  const ida = await visitor(browser, server)
  const { page } = ida
  await page.getByRole('button', { name: 'Continue with Our company' }).click()
  await page.getByRole('button', { name: 'Sign in as Ida Elm' }).click()
  await page.getByRole('button', { name: 'Create account' }).click()
  await ida.chooses('Account')
  await page.getByRole('button', { name: 'Delete account…' }).click()
  const proof = page.getByRole('dialog', { name: 'Confirm it is you' })
  await proof.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('button', { name: 'Set a password…' }).click()
  await proof.getByRole('button', { name: 'Continue with Our company' }).click()
  await page.getByRole('button', { name: 'Sign in as Ida Elm' }).click()
  await expect(ida.notifications.getByText('Confirmed.')).toBeVisible()
  await page.getByRole('button', { name: 'Disconnect Our company' }).click()
  const question = page.getByRole('dialog', { name: 'Disconnect Our company?' })
  await question.getByRole('button', { name: 'Disconnect', exact: true }).click()
  await expect(question.getByText('This is the only way in that you have')).toBeVisible()
  await question.getByRole('button', { name: 'Cancel' }).click()
  await page.getByLabel('New password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Set password' }).click()
  await expect(ida.notifications.getByText('You have a password now')).toBeVisible()
  await expect(page.getByLabel('Current password')).toBeVisible()
  await page.getByRole('button', { name: 'Delete account…' }).click()
  const leaving = page.getByRole('dialog', { name: 'Delete your account?' })
  await leaving.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await leaving.getByRole('button', { name: 'Delete account for good' }).click()
  await expect(page.getByRole('heading', { name: 'Come in and talk' })).toBeVisible()
  expect(ida.faults).toEqual([])
  await ida.leaves()
})
