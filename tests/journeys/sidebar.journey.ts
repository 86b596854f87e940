import { expect, test } from '../support/ui/journey.ts'

test('[E8] unread counts stand in the sidebar, the title and the tab’s icon, and go with reading', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const [room, other] = [unique('Harbour'), unique('Other')]
  await ann.createsRoom(room)
  await ben.entersRoom(room)
  await ben.goesToLobby()
  await ben.createsRoom(other)

  await ann.says('one')
  await ann.says('two')
  const row = ben.roomInSidebar(room)
  await expect(row).toHaveAccessibleName(/2 unread/)
  await expect(ben.page).toHaveTitle(`(2) ${other} · Parley`)
  await expect(ben.page.locator('link[rel="icon"]')).toHaveAttribute('href', '/favicon-unread.svg')

  await row.click()
  await ben.isInRoom(room)
  await expect(row).toHaveAttribute('aria-current', 'page')
  await expect(row).not.toHaveAccessibleName(/unread/)
  await expect(ben.page).toHaveTitle(`${room} · Parley`)
  await expect(ben.page.locator('link[rel="icon"]')).toHaveAttribute('href', '/favicon.svg')
})

test('[R3] leaving takes the room out of the sidebar, going to the lobby keeps it', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ann.goesToLobby()
  await expect(ann.roomInSidebar(room)).toBeVisible()
  await ann.roomInSidebar(room).click()
  await ann.isInRoom(room)
  const loads = countLoads(ann.page)
  await ann.page.getByRole('button', { name: 'Leave room' }).click()
  await expect(ann.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await expect(ann.roomInSidebar(room)).toBeHidden()
  expect(loads()).toBe(0)
})

test('rooms are walked with Alt and the arrows, unread ones with Shift', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const rooms = [unique('A'), unique('B'), unique('C')] as const
  for (const room of rooms) {
    await ann.createsRoom(room)
    await ann.goesToLobby()
  }
  await ann.page.keyboard.press('Alt+ArrowDown')
  await ann.isInRoom(rooms[0])
  await ann.page.keyboard.press('Alt+ArrowDown')
  await ann.isInRoom(rooms[1])
  await ann.page.keyboard.press('Alt+ArrowUp')
  await ann.isInRoom(rooms[0])
  await ben.entersRoom(rooms[2])
  await ben.says('look here')
  await expect(ann.roomInSidebar(rooms[2])).toHaveAccessibleName(/unread/)
  await ann.page.keyboard.press('Alt+Shift+ArrowDown')
  await ann.isInRoom(rooms[2])
})

test('a menu stays open when another screen arrives beside it', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ann.sidebar.getByRole('button', { name: /my menu$/ }).click()
  await expect(ann.page.getByRole('menuitem', { name: 'Profile' })).toBeFocused()
  await ann.page.evaluate(() => document.querySelector<HTMLElement>('nav a[href="/lobby"]')?.click())
  await expect(ann.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await ann.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50))))
  await expect(ann.page.getByRole('menuitem', { name: 'Profile' })).toBeFocused()
  await ann.page.keyboard.press('Escape')
  await expect(ann.page.getByRole('menu')).toBeHidden()
})

test('all shortcuts stand in one list, opened by Ctrl+/ and closed by Esc', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  await ann.page.keyboard.press('Control+/')
  const dialog = ann.page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await expect(dialog).toBeVisible()
  for (const about of ['Next room', 'Previous unread room', 'Show all shortcuts', 'Close the top layer']) {
    await expect(dialog.getByText(about, { exact: true })).toBeVisible()
  }
  await ann.page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
})

test('theme and density are chosen in the settings and kept without a flash', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  await ann.chooses('Settings')
  const dialog = ann.page.getByRole('dialog', { name: 'Settings' })
  await dialog.getByRole('radio', { name: 'Dark' }).check()
  await dialog.getByRole('radio', { name: 'Compact' }).check()
  const root = ann.page.locator('html')
  await expect(root).toHaveAttribute('data-theme', 'dark')
  await expect(root).toHaveAttribute('data-density', 'compact')
  await ann.page.goto('/favicon.svg')
  await ann.page.goto('/lobby', { waitUntil: 'commit' })
  await expect(root).toHaveAttribute('data-theme', 'dark')
  await expect(root).toHaveAttribute('data-density', 'compact')
})

test('on a phone the sidebar is a layer: opened, closed by Esc, gone after a choice', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'), { viewport: { width: 320, height: 640 }, hasTouch: true })
  const room = unique('Harbour')
  await ann.createsRoom(room)
  const opener = ann.page.getByRole('button', { name: /^Show rooms/ })
  await opener.click()
  await expect(ann.roomInSidebar(room)).toBeFocused()
  await ann.page.keyboard.press('Escape')
  await expect(ann.sidebar).toBeHidden()
  await expect(opener).toBeFocused()
  await ann.goesToLobby()
  await expect(ann.sidebar).toBeHidden()
  expect(await ann.page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
})

function countLoads(page: import('@playwright/test').Page): () => number {
  let loads = 0
  page.on('load', () => {
    loads += 1
  })
  return () => loads
}
