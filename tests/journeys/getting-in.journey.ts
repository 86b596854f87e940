import { expect, test } from '../support/ui/journey.ts'
import { person, visitor } from '../support/ui/people.ts'

test('[H1] a name and one press are enough to be in', async ({ visits, unique }) => {
  const ann = await visits()
  const field = ann.page.getByRole('textbox', { name: 'Your name' })
  await expect(field).toBeFocused()
  const name = unique('Ann')
  await field.fill(`  ${name} `)
  await field.press('Enter')
  await expect(ann.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await expect(ann.page).toHaveURL(/\/lobby$/)
  await expect(ann.sidebar.getByText(name, { exact: true })).toBeVisible()
  await expect(ann.sidebar.getByText(`@${name.toLowerCase().replaceAll(' ', '-')}`)).toBeVisible()
})

test('[H1] the cookie is signed, HttpOnly, and keeps the person in over a reload', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const cookies = await ann.context.cookies()
  expect(cookies.map((cookie) => cookie.httpOnly)).toEqual([true])
  await ann.page.reload()
  await expect(ann.sidebar.getByText(ann.name, { exact: true })).toBeVisible()
  await expect(ann.page.getByRole('textbox', { name: 'Your name' })).toBeHidden()
})

test('[H1] a restart of the server asks nobody for their name again', async ({ browser, ownServer }) => {
  const ann = await person(browser, ownServer, 'Ann')
  await ownServer.restart()
  await ann.page.reload()
  await expect(ann.sidebar.getByText('Ann', { exact: true })).toBeVisible()
  await ann.leaves()
})

test('[H4] a taken name is refused beside its field, with one that is free', async ({ arrives, visits, unique }) => {
  const ann = await arrives(unique('Ann'))
  const other = await visits()
  const field = other.page.getByRole('textbox', { name: 'Your name' })
  await field.fill(ann.name.toUpperCase())
  await other.page.getByRole('button', { name: 'Enter' }).click()
  await expect(field).toHaveAccessibleDescription(/already has this name/)
  await expect(field).toHaveAttribute('aria-invalid', 'true')
  await expect(field).toBeFocused()
  const suggestion = other.page.getByRole('button', { name: /^Use / })
  const free = ((await suggestion.textContent()) ?? '').replace(/^Use\s+/, '')
  await suggestion.click()
  await expect(field).toHaveValue(free)
  await expect(field).toBeFocused()
  await field.press('Enter')
  await expect(other.sidebar.getByText(free, { exact: true })).toBeVisible()
})

test('[H4] a name that only looks different is refused in other words', async ({ arrives, visits, unique }) => {
  const paula = await arrives(unique('Paula'))
  const other = await visits()
  const field = other.page.getByRole('textbox', { name: 'Your name' })
  await field.fill(paula.name.replace('Pa', '\u0420\u0430')) // Cyrillic Er and a
  await field.press('Enter')
  await expect(field).toHaveAccessibleDescription(/looks like one that somebody here already has/)
  await expect(other.page.getByRole('button', { name: /^Use / })).toBeVisible()
})

test('[X1] each name that can not be has its own words, before anything is sent', async ({ visits }) => {
  const ann = await visits()
  const asked: string[] = []
  ann.page.on('request', (request) => {
    if (request.url().includes('/commands/enter')) asked.push(request.url())
  })
  const field = ann.page.getByRole('textbox', { name: 'Your name' })
  await field.press('Enter')
  await expect(field).toHaveAccessibleDescription(/Type a name/)
  await field.fill('\u200b\u3164')
  await field.press('Enter')
  await expect(field).toHaveAccessibleDescription(/Type a name/)
  await field.fill('n'.repeat(33))
  await expect(ann.page.getByText('33 / 32')).toBeVisible()
  await field.press('Enter')
  await expect(field).toHaveAccessibleDescription(/at most 32 characters/)
  expect(asked).toEqual([])
})

test('[H6] too many at once: the name is kept, the wait counted down, and it goes on by itself', async ({
  browser,
  ownServer,
}) => {
  await ownServer.restart({ PARLEY_LIMITS: 'all-guests=1/min' })
  const first = await person(browser, ownServer, 'First')
  const second = await visitor(browser, ownServer)
  const field = second.page.getByRole('textbox', { name: 'Your name' })
  await field.fill('Second')
  await field.press('Enter')
  await expect(second.page.getByText(/Many people are coming in/)).toBeVisible()
  await expect(second.page.getByText(/Trying again in \d+ seconds?/)).toBeVisible()
  await expect(second.page.getByRole('button', { name: 'Enter' })).toHaveAttribute('aria-busy', 'true')
  await expect(field).toHaveValue('Second')
  await second.page.getByRole('button', { name: 'Stop' }).click()
  await expect(second.page.getByRole('button', { name: 'Enter' })).not.toHaveAttribute('aria-busy', 'true')
  await first.leaves()
  await second.leaves()
})

test('[H1] the server goes away while one enters: the name is kept and it goes on by itself', async ({
  browser,
  ownServer,
}) => {
  const ann = await visitor(browser, ownServer)
  const field = ann.page.getByRole('textbox', { name: 'Your name' })
  await field.fill('Ann')
  await ownServer.kill9()
  await field.press('Enter')
  await expect(ann.page.getByText('The server does not answer. Your name is kept.')).toBeVisible()
  await ownServer.start()
  await expect(ann.sidebar.getByText('Ann', { exact: true })).toBeVisible({ timeout: 20_000 })
  await ann.leaves()
})

test('[H2] signing out ends the session in every tab and leaves nothing behind', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const tab = await ann.opensTab('/lobby')
  await expect(tab.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await ann.signsOut()
  await expect(tab.page.getByRole('heading', { name: 'Your session has ended' })).toBeVisible()
  expect(await ann.context.cookies()).toEqual([])
})
