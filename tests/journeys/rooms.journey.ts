import { expect, test } from '../support/ui/journey.ts'

test('[R2] a room is entered by its address, which survives reload, back and forward', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const [room, other] = [unique('Harbour'), unique('Pier')]
  const path = await ann.createsRoom(room)
  await ann.says('welcome')
  await ben.page.goto(path)
  await ben.isInRoom(room)
  await ben.sees('welcome')
  await ben.page.reload()
  await ben.sees('welcome')
  await ben.goesToLobby()
  await ben.createsRoom(other)
  await ben.page.goBack()
  await ben.page.goBack()
  await ben.isInRoom(room)
  await ben.sees('welcome')
  await ben.page.goForward()
  await expect(ben.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
})

test('[G3] people here come and go before one’s eyes', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  const here = ann.page.getByRole('list', { name: 'People here' }).getByRole('listitem')
  await expect(here).toHaveText([/Ann.*you.*owner/])
  await ben.entersRoom(room)
  await expect(here).toHaveCount(2)
  await expect(here.filter({ hasText: ben.name })).toBeVisible()
  await expect(ann.page.getByRole('button', { name: /^People, 2 here/ })).toBeVisible()
  await ben.goesToLobby()
  await expect(here).toHaveCount(1)
})

test('[R4] the owner renames and changes the topic, and everybody sees it; others have no settings', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const [room, renamed, taken] = [unique('Harbour'), unique('Quay'), unique('Taken')]
  await ben.createsRoom(taken)
  await ben.goesToLobby()
  await ann.createsRoom(room)
  await ben.entersRoom(room)
  await expect(ben.page.getByRole('button', { name: 'Leave room' })).toBeVisible()
  await expect(ben.page.getByRole('button', { name: 'Room settings' })).toBeHidden()

  await ann.page.getByRole('button', { name: 'Room settings' }).click()
  const dialog = ann.page.getByRole('dialog', { name: 'Room settings' })
  await dialog.getByRole('textbox', { name: 'Room name' }).fill(taken)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByText('already a room with this name')).toBeVisible()
  await dialog.getByRole('textbox', { name: 'Room name' }).fill('x'.repeat(61))
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog.getByText('at most 60 characters')).toBeVisible()
  await dialog.getByRole('textbox', { name: 'Room name' }).fill(renamed)
  await dialog.getByRole('textbox', { name: 'Topic' }).fill('What the tide brings')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toBeHidden()
  await ben.isInRoom(renamed)
  await expect(
    ben.page.getByRole('banner').or(ben.page.getByRole('main')).getByText('What the tide brings').first(),
  ).toBeVisible()
  await expect(ben.roomInSidebar(renamed)).toBeVisible()
})

test('[R5] closing asks with the room’s name and moves everybody out within a second, also who is writing', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ben.entersRoom(room)
  await ben.says('still here')
  await ben.composer.pressSequentially('in the middle of a')
  await ann.page.getByRole('button', { name: 'Room settings' }).click()
  await ann.page.getByRole('button', { name: 'Close room', exact: true }).click()
  const question = ann.page.getByRole('dialog')
  await expect(question.getByRole('heading')).toContainText(room)
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await question.getByRole('button', { name: 'Close room permanently' }).click()
  const lobby = ben.page.getByRole('heading', { name: 'Lobby', level: 1 })
  await expect(lobby).toBeVisible({ timeout: 3_000 })
  await expect(ben.notifications).toContainText(ann.name)
  await expect(ben.notifications).toContainText(room)
  await expect(ben.roomInSidebar(room)).toBeHidden()
})
