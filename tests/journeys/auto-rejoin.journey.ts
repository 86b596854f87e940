import { expect, test } from '../support/ui/journey.ts'
import { PersonAtBrowser, person } from '../support/ui/people.ts'

test('[G4] coming back leads to the last room: reload, a new tab, `/`', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const room = unique('Harbour')
  const path = await ann.createsRoom(room)
  await ann.page.reload()
  await ann.isInRoom(room)
  const tab = await ann.opensTab('/')
  await tab.isInRoom(room)
  await expect(tab.page).toHaveURL(path)
  await ann.page.goto('/')
  await ann.isInRoom(room)
  await tab.page.close()
})

test('[G4] the browser and the server start anew: the room is there', async ({ browser, ownServer }) => {
  const ann = await person(browser, ownServer, 'Ann')
  await ann.createsRoom('Harbour')
  const storageState = await ann.context.storageState()
  await ann.leaves()
  await ownServer.restart()
  const context = await browser.newContext({ baseURL: ownServer.url, storageState })
  const again = new PersonAtBrowser(context, await context.newPage())
  await again.page.goto('/')
  await again.isInRoom('Harbour')
  await again.leaves()
})

test('[G4] `/lobby` stays the lobby, also on reload, and `/` still leads to the room', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ann.goesToLobby()
  await expect(ann.page).toHaveURL(/\/lobby$/)
  await ann.page.reload()
  await expect(ann.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await ann.page.goto('/')
  await ann.isInRoom(room)
})

test('[G4] after leaving, `/` is the lobby', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  await ann.createsRoom(unique('Harbour'))
  await ann.page.getByRole('button', { name: 'Leave room' }).click()
  await expect(ann.page).toHaveURL(/\/lobby$/)
  await ann.page.goto('/')
  await expect(ann.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
})

test('[G4] a tab’s own address wins over the last room; back and forward walk the rooms', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const [first, second] = [unique('First'), unique('Second')]
  const firstPath = await ann.createsRoom(first)
  await ann.goesToLobby()
  await ann.createsRoom(second)
  await ann.page.goto(firstPath)
  await ann.isInRoom(first)
  await ann.page.goBack()
  await ann.isInRoom(second)
  await ann.page.goForward()
  await ann.isInRoom(first)
})

test('[G4] closed while away: they land in the lobby and are told its name and the date', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  const path = await ann.createsRoom(room)
  await ben.entersRoom(room)
  await ben.page.goto('about:blank')
  await closeRoom(ann, room)
  await expect(ann.page).toHaveURL(/\/lobby$/) // It is closed now, not about to be.
  await ben.page.goto(path)
  await expect(ben.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  const told = ben.notifications.getByText('This room was closed')
  await expect(told).toContainText(room)
  await expect(told).toContainText(String(new Date().getFullYear()))
  await ben.page.reload()
  await expect(ben.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await expect(ben.page.getByText(room)).toHaveCount(0)
})

test('[R5] closing moves everybody to the lobby and tells who closed what', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ben.entersRoom(room)
  await closeRoom(ann, room)
  await expect(ben.page).toHaveURL(/\/lobby$/, { timeout: 2_000 })
  await expect(ben.notifications.getByText(`${ann.name} closed`)).toContainText(room)
  await expect(ann.page).toHaveURL(/\/lobby$/)
  await expect(ann.notifications.getByText('You closed')).toContainText(room)
  for (const someone of [ann, ben]) {
    await expect(someone.roomInSidebar(room)).toBeHidden()
    await expect(someone.roomInLobby('Existing rooms', room)).toBeHidden()
  }
})

async function closeRoom(owner: PersonAtBrowser, room: string): Promise<void> {
  const { page } = owner
  await page.getByRole('button', { name: 'Room settings' }).click()
  await page.getByRole('button', { name: 'Close room', exact: true }).click()
  const dialog = page.getByRole('alertdialog').or(page.getByRole('dialog')).filter({ hasText: room })
  await dialog.getByRole('button', { name: 'Close room permanently' }).click()
}
