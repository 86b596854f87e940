import { commands, owner, registers } from '../support/ui/accounts.ts'
import { hasNoFaults } from '../support/ui/axe.ts'
import { expect, test } from '../support/ui/journey.ts'
import { person } from '../support/ui/people.ts'

// The page's own policy forbids foreign scripts, and rightly so; the checker comes in by the debugger's door.
test.use({ bypassCSP: true })

test('axe finds nothing before one is in', async ({ visits, arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const other = await visits()
  await hasNoFaults(other.page)
  await other.page.getByRole('textbox', { name: 'Your name' }).fill(ann.name)
  await other.page.getByRole('button', { name: 'Enter' }).click()
  await expect(other.page.getByRole('button', { name: /^Use / })).toBeVisible()
  await hasNoFaults(other.page)
})

test('axe finds nothing in the lobby and its dialogs', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  await ben.createsRoom(unique('Harbour'), 'Ships and tides')
  await expect(ann.page.getByRole('region', { name: 'Active rooms' }).getByRole('link').first()).toBeVisible()
  await hasNoFaults(ann.page)
  await ann.page.getByRole('button', { name: 'New room' }).click()
  const dialog = ann.page.getByRole('dialog', { name: 'New room' })
  await dialog.getByRole('button', { name: 'Create' }).click()
  await hasNoFaults(ann.page)
  await ann.page.keyboard.press('Escape')
  await ann.page.getByRole('searchbox', { name: 'Filter rooms' }).fill('no such room')
  await expect(ann.page.getByText('No room matches')).toBeVisible()
  await hasNoFaults(ann.page)
  await ann.chooses('Settings')
  await expect(ann.page.getByRole('dialog', { name: 'Settings' })).toBeVisible()
  await hasNoFaults(ann.page)
  await ann.page.keyboard.press('Escape')
  await ann.chooses('Keyboard shortcuts')
  await expect(ann.page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
  await hasNoFaults(ann.page)
})

test('axe finds nothing in a room, on pages that are not there, and on a phone', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'), { viewport: { width: 320, height: 640 } })
  await ann.createsRoom(unique('Harbour'), 'Ships and tides')
  await ann.says('Ahoy https://example.org')
  await hasNoFaults(ann.page)
  await ann.showsSidebar()
  await hasNoFaults(ann.page)
  await ann.page.keyboard.press('Escape')
  await ann.page.goto('/no/such/page')
  await expect(ann.page.getByRole('heading', { name: 'Page not found' })).toBeVisible()
  await hasNoFaults(ann.page)
})

test('axe finds nothing at the doors, whatever they say, and nothing is wider than 320 pixels', async ({
  arrives,
  visits,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const path = await ann.createsRoom(unique('Harbour'))
  const { token } = await commands(ann, 'create-invitation', { roomId: path.split('/').at(-1) })
  const { page } = await visits('/', { viewport: { width: 320, height: 640 } })
  const isFine = async (): Promise<void> => {
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
    await hasNoFaults(page)
  }
  await page.goto('/sign-in?error=expired')
  await expect(page.getByRole('alert')).toBeVisible()
  await isFine()
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await isFine()
  await page.goto('/register')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByLabel('Password', { exact: true }).fill('long enough it is')
  await expect(page.getByText('Long enough.')).toBeVisible()
  await isFine()
  await page.goto(`/join#${String(token)}`)
  await expect(page.getByText(/invites you/)).toBeVisible()
  await isFine()
  await page.goto('/set-up#nothing')
  await expect(page.getByRole('heading', { name: 'Make this server yours' })).toBeVisible()
  await isFine()
  await page.goto('/choose-name#nothing')
  await expect(page.getByRole('heading', { name: 'This took too long' })).toBeVisible()
  await isFine()
  await page.evaluate(() => sessionStorage.clear())
  await page.goto('/join#nothing')
  await expect(page.getByRole('heading', { name: 'This invitation is not valid any more' })).toBeVisible()
  await isFine()
})

test('axe finds nothing in the settings, of a guest and of an account', async ({ arrives, visits, unique }) => {
  const gus = await arrives(unique('Gus'), { viewport: { width: 320, height: 640 } })
  const ann = await visits()
  await registers(ann, unique('Ann'))
  for (const { page, chooses } of [
    { page: gus.page, chooses: gus.chooses.bind(gus) },
    { page: ann.page, chooses: ann.chooses.bind(ann) },
  ]) {
    const dialog = page.getByRole('dialog', { name: 'Settings' })
    for (const section of ['Profile', 'Account', 'Devices'] as const) {
      await chooses(section)
      await expect(dialog.getByRole('tab', { name: section, selected: true })).toBeFocused()
      await expect(dialog.locator('[aria-busy="true"]')).toHaveCount(0)
      await hasNoFaults(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(page.viewportSize()?.width)
      await page.keyboard.press('ArrowRight')
      await expect(dialog.getByRole('tab', { selected: false }).and(page.locator(':focus'))).toHaveCount(1)
      await page.keyboard.press('Escape')
    }
    await chooses('Account')
    await dialog.getByRole('button', { name: /^Delete/ }).click()
    await expect(page.getByRole('dialog', { name: /^Delete/ })).toBeVisible()
    await hasNoFaults(page)
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
  }
  await gus.chooses('Sign out')
  await expect(gus.page.getByRole('dialog', { name: /lose your name/ })).toBeVisible()
  await hasNoFaults(gus.page)
})

test('axe finds nothing in the administration, and it fits 320 pixels', async ({ browser, ownServer }) => {
  const olga = await owner(browser, ownServer, { bypassCSP: true })
  const gus = await person(browser, ownServer, 'Gus')
  await gus.createsRoom('Harbour')
  const { page } = olga
  await page.getByRole('button', { name: 'Create link' }).click()
  await expect(page.getByRole('list', { name: 'Open links' })).toBeVisible()
  await hasNoFaults(page)
  for (const width of [1280, 320]) {
    await page.setViewportSize({ width, height: 700 })
    for (const section of ['people', 'rooms', 'settings']) {
      await page.goto(`/admin/${section}`)
      await expect(page.getByRole('heading', { level: 2 }).first()).toBeAttached()
      await expect(page.getByRole('row').or(page.getByRole('radio')).first()).toBeAttached()
      await hasNoFaults(page)
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width)
    }
  }
  await page.goto('/admin/people')
  await page.getByRole('button', { name: 'Actions for Gus' }).click()
  await hasNoFaults(page)
  await page.getByRole('menuitem', { name: 'Disable' }).click()
  await expect(page.getByRole('dialog')).toBeVisible()
  await hasNoFaults(page)
  await olga.leaves()
  await gus.leaves()
})

test('every screen is as wide as a window of 320 pixels', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'), { viewport: { width: 320, height: 640 } })
  const widthOf = () => ann.page.evaluate(() => document.documentElement.scrollWidth)
  await expect(ann.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  expect(await widthOf()).toBe(320)
  await ann.createsRoom(`${unique('W')}${'w'.repeat(40)}`, 't'.repeat(250))
  await ann.says('u'.repeat(300))
  expect(await widthOf()).toBe(320)
  await ann.goesToLobby()
  expect(await widthOf()).toBe(320)
})

test('without a mouse: in, a room made, talked, the lobby, and the focus is never lost', async ({ visits, unique }) => {
  const ann = await visits()
  const { keyboard } = ann.page
  const focused = () => ann.page.evaluate(() => document.activeElement?.tagName ?? 'BODY')
  await expect(ann.page.getByRole('textbox', { name: 'Your name' })).toBeFocused()
  await keyboard.type(unique('Ann'))
  await keyboard.press('Enter')
  const heading = ann.page.getByRole('heading', { name: 'Lobby', level: 1 })
  await expect(heading).toBeFocused()
  await keyboard.press('Tab')
  await expect(ann.page.getByRole('button', { name: 'New room' })).toBeFocused()
  await keyboard.press('Enter')
  await expect(ann.page.getByRole('textbox', { name: 'Room name' })).toBeFocused()
  const room = unique('Harbour')
  await keyboard.type(room)
  await keyboard.press('Enter')
  await ann.isInRoom(room)
  expect(await focused()).not.toBe('BODY')
  await ann.page.goBack()
  await expect(heading).toBeFocused()
  await ann.page.goForward()
  await ann.isInRoom(room)
  await expect.poll(focused).not.toBe('BODY')
})
