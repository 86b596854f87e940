import { expect, test } from '../support/ui/journey.ts'
import { person, visitor } from '../support/ui/people.ts'

test('[X1] the server is away at first load: said at once, and it goes on by itself', async ({
  browser,
  ownServer,
}) => {
  const ann = await person(browser, ownServer, 'Ann')
  await ann.createsRoom('Harbour')
  // Whatever the page asks meets a server that is gone, while the page itself still comes from somewhere.
  let isAway = true
  await ann.page.route('**/api/session', (route) => (isAway ? route.abort('connectionrefused') : route.continue()))
  await ann.page.reload()
  await expect(ann.page.getByRole('heading', { name: 'The server does not answer' })).toBeVisible()
  await expect(ann.page.getByText(/Trying again/)).toBeVisible()
  isAway = false
  await ann.isInRoom('Harbour')
  await ann.leaves()
})

test('[E7] a lost connection: quiet for two seconds, then a word, after ten what waits, and it comes back', async ({
  browser,
  ownServer,
}) => {
  test.setTimeout(90_000)
  const ann = await person(browser, ownServer, 'Ann')
  await ann.createsRoom('Harbour')
  await ownServer.kill9()
  const lostAt = Date.now()
  await expect(ann.page.getByText('Reconnecting…')).toBeVisible()
  expect(Date.now() - lostAt).toBeGreaterThan(1_800)
  await ann.composer.fill('typed while away')
  await ann.composer.press('Enter')
  await expect(ann.page.getByText('Offline, 1 queued')).toBeVisible({ timeout: 15_000 })
  expect(Date.now() - lostAt).toBeGreaterThan(9_500)
  await ownServer.start()
  // By itself it may be back already; then there is no button left to press.
  await ann.page
    .getByRole('button', { name: 'Try now' })
    .click({ timeout: 2_000 })
    .catch(() => undefined)
  await expect(ann.page.getByText(/^Offline,/)).toBeHidden({ timeout: 15_000 })
  await expect(ann.page.getByText('Connected again', { exact: true })).toBeHidden()
  expect(ann.faults).toEqual([])
  await expect(ann.messages.getByText('typed while away')).toHaveCount(1)
  await expect(ann.notifications.getByText(/upgraded/)).toHaveCount(0)
  expect(await ann.page.evaluate(() => document.activeElement === document.body)).toBe(false)
  await ann.leaves()
})

test('[H2] an ended session returns to the name, and what was typed comes back with the person', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ann.composer.fill('half a thought')
  await ann.page.evaluate(() =>
    fetch('/api/commands/sign-out', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }),
  )
  await expect(ann.page.getByRole('heading', { name: 'Your session has ended' })).toBeVisible()
  await expect(ann.page.getByText(/comes back with you/)).toBeVisible()
  await ann.enters(unique('Ann again'))
  await ann.isInRoom(room)
  await expect(ann.composer).toHaveValue('half a thought')
})

test('[X1] an unknown room and an unknown page say so and lead on', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  await ann.page.goto('/rooms/01a204ee-a0c1-7000-9cc9-384792683a0d')
  await expect(ann.page.getByRole('heading', { name: 'Room not found' })).toBeVisible()
  await ann.page.getByRole('link', { name: 'Go to the lobby' }).click()
  await expect(ann.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeFocused()

  const response = await ann.page.goto('/no/such/page')
  expect(response?.status()).toBe(404)
  await expect(ann.page.getByRole('heading', { name: 'Page not found' })).toBeVisible()
  await expect(ann.page.getByRole('link', { name: 'Go to the lobby' })).toBeVisible()
})

test('[F5] IndexedDB is blocked: told once, and everything else works', async ({ browser, server, unique }) => {
  const ann = await visitor(browser, server)
  await ann.page.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('Blocked', 'SecurityError')
    }
  })
  await ann.page.reload()
  await ann.enters(unique('Ann'))
  await ann.createsRoom(unique('Harbour'))
  await ann.says('still talking')
  const told = ann.notifications.getByText(/keeps nothing for this page/)
  await expect(told).toHaveCount(1)
  await ann.notifications.getByRole('button', { name: 'Dismiss' }).click()
  await ann.says('and on')
  await expect(told).toHaveCount(0)
  await ann.leaves()
})

test('[F5] the device is full: told what may be lost, and typing goes on', async ({ browser, server, unique }) => {
  const ann = await visitor(browser, server)
  await ann.page.addInitScript(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('Full', 'QuotaExceededError')
    }
  })
  await ann.page.reload()
  await ann.enters(unique('Ann'))
  await ann.createsRoom(unique('Harbour'))
  await ann.says('said on a full device')
  await expect(ann.notifications.getByText(/This device is full/)).toHaveCount(1)
  await ann.leaves()
})

test('[F2] what was sent too late to a closed room lies under “Not sent”, to copy or delete', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ben.entersRoom(room)
  await ben.context.setOffline(true)
  await ben.page.evaluate(() => dispatchEvent(new Event('offline')))
  await ben.composer.fill('too late')
  await ben.composer.press('Enter')
  await ann.page.getByRole('button', { name: 'Room settings' }).click()
  await ann.page.getByRole('button', { name: 'Close room', exact: true }).click()
  await ann.page.getByRole('button', { name: 'Close room permanently' }).click()
  await expect(ann.page).toHaveURL(/\/lobby$/)
  await ben.context.setOffline(false)
  const tray = ben.page.getByRole('region', { name: 'Not sent' })
  await expect(tray.getByText('too late')).toBeVisible({ timeout: 30_000 })
  await expect(tray).toContainText('This room was closed')
  await expect(tray.getByRole('button', { name: 'Retry' })).toBeHidden()
  await expect(tray.getByRole('button', { name: 'Copy' })).toBeVisible()
  await ben.page.reload()
  await expect(tray.getByText('too late')).toBeVisible()
  await tray.getByRole('button', { name: 'Delete' }).click()
  await expect(tray).toBeHidden()
})

test('[F1] signing out asks when unsent text would be lost', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ann.composer.fill('a draft')
  await ann.chooses('Sign out')
  const dialog = ann.page.getByRole('dialog', { name: /lose your name and unsent text/ })
  await expect(dialog).toContainText('1 draft')
  await dialog.getByRole('button', { name: 'Stay' }).click()
  await expect(ann.composer).toHaveValue('a draft')
  await ann.chooses('Sign out')
  await dialog.getByRole('button', { name: 'Sign out and delete it' }).click()
  await expect(ann.page.getByRole('textbox', { name: 'Your name' })).toBeVisible()
})

test('a crash of a screen keeps the frame and the drafts, and offers the details', async ({
  browser,
  server,
  unique,
}) => {
  const ann = await person(browser, server, unique('Ann'))
  const room = unique('Harbour')
  const path = await ann.createsRoom(room)
  await ann.composer.fill('kept through the crash')
  await expect(ann.composer).toHaveValue('kept through the crash')
  // Something that the lobby needs breaks under it.
  await ann.page.evaluate(() => {
    Intl.RelativeTimeFormat.prototype.format = () => {
      throw new Error('broken on purpose')
    }
    const real = Date.now.bind(Date)
    Date.now = () => real() + 3_600_000
    document.dispatchEvent(new Event('visibilitychange'))
  })
  await ann.sidebar.getByRole('link', { name: 'Lobby' }).click()
  const alert = ann.page.getByRole('alert').filter({ hasText: 'has stopped working' })
  await expect(alert).toBeVisible()
  await expect(alert.getByRole('button', { name: 'Copy details' })).toBeVisible()
  await alert.getByText('Details for whoever runs this server').click()
  await expect(alert).toContainText('broken on purpose')
  await expect(ann.roomInSidebar(room)).toBeVisible()
  await alert.getByRole('button', { name: 'Reload' }).click()
  await expect(ann.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await ann.page.goto(path)
  await expect(ann.composer).toHaveValue('kept through the crash')
  await ann.leaves()
})
