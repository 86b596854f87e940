import { hasNoFaults } from '../support/ui/axe.ts'
import { expect, test } from '../support/ui/journey.ts'
import type { PersonAtBrowser } from '../support/ui/people.ts'

test.use({ bypassCSP: true })

/** From the lobby; ends in the room. Answers its address. */
async function createsPrivateRoom(someone: PersonAtBrowser, name: string): Promise<string> {
  await someone.page.getByRole('button', { name: 'New room' }).click()
  const dialog = someone.page.getByRole('dialog', { name: 'New room' })
  await dialog.getByRole('textbox', { name: 'Room name' }).fill(name)
  await dialog.getByRole('group', { name: 'Who can see it' }).getByRole('radio', { name: 'Private' }).check()
  await dialog.getByRole('button', { name: 'Create' }).click()
  await someone.isInRoom(name)
  return new URL(someone.page.url()).pathname
}

async function adds(someone: PersonAtBrowser, name: string): Promise<void> {
  await someone.page.getByRole('button', { name: 'Add people' }).click()
  const dialog = someone.page.getByRole('dialog', { name: 'Add people' })
  await dialog.getByRole('searchbox', { name: 'Find people' }).fill(name)
  const row = dialog.getByRole('list', { name: 'People', exact: true }).getByRole('button', { name })
  await row.click()
  await expect(row).toContainText('Added')
  await someone.page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
}

test('a private room is in nobody’s lobby, answers like a missing one, and may share its name', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Board')
  const path = await createsPrivateRoom(ann, room)
  await expect(ann.page.getByRole('img', { name: 'Private room' })).toBeVisible()
  await expect(ann.roomInSidebar(room)).toHaveAccessibleName(/private/)
  await ann.says('nobody must know')
  await expect(ben.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await ben.page.goto(path)
  await expect(ben.page.getByRole('heading', { name: 'Room not found' })).toBeVisible()
  await expect(ben.page.getByText(room)).toBeHidden()
  await ben.goesToLobby()
  // A public room of the same name: the private one does not make it "taken".
  await ben.createsRoom(room)
  await ben.goesToLobby()
  await expect(ben.roomInLobby('Existing rooms', room)).toHaveCount(1)
})

test('somebody added is told and can come in; others stay outside', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Board')
  await createsPrivateRoom(ann, room)
  await ann.says('before you came')
  await ann.page.getByRole('button', { name: 'Add people' }).click()
  await expect(ann.page.getByRole('searchbox', { name: 'Find people' })).toBeFocused()
  await hasNoFaults(ann.page)
  await ann.page.keyboard.type(ben.name)
  await expect(ann.page.getByRole('list', { name: 'People', exact: true }).getByRole('button')).toHaveCount(1)
  await ann.page.keyboard.press('Enter')
  await expect(ann.page.getByRole('list', { name: 'People', exact: true })).toContainText('Added')
  await hasNoFaults(ann.page)
  await ann.page.keyboard.press('Escape')
  await expect(ben.notifications).toContainText(`${ann.name} added you to`)
  await ben.notifications.getByRole('button', { name: 'Open' }).click()
  await ben.isInRoom(room)
  await ben.sees('before you came')
  await ben.page.reload()
  await ben.isInRoom(room)
  // Members without rank have neither settings nor the right to bring others.
  await expect(ben.page.getByRole('button', { name: 'Leave room' })).toBeVisible()
  await expect(ben.page.getByRole('button', { name: 'Add people' })).toBeHidden()
  await expect(ben.page.getByRole('button', { name: 'Room settings' })).toBeHidden()
})

test('an invitation link lets in whoever has it, as often as it says, until it is revoked', async ({
  arrives,
  visits,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const room = unique('Board')
  await createsPrivateRoom(ann, room)
  await ann.page.getByRole('button', { name: 'Add people' }).click()
  const dialog = ann.page.getByRole('dialog', { name: 'Add people' })
  await dialog.getByRole('combobox', { name: 'Valid for' }).selectOption('1 day')
  await dialog.getByRole('combobox', { name: 'Can be used by' }).selectOption('10 people')
  await dialog.getByRole('button', { name: 'Create link' }).click()
  const field = dialog.getByRole('textbox', { name: 'Your link' })
  await expect(field).toBeFocused()
  await expect(field).toHaveValue(/\/join#[\w-]{20,}$/)
  const link = new URL(await field.inputValue())
  await dialog.getByRole('button', { name: 'Copy' }).click()
  await expect(ann.page.getByText('Link copied.')).toBeVisible()
  const open = dialog.getByRole('list', { name: 'Open links' }).getByRole('listitem')
  await expect(open).toHaveText([/used 0 of 10 times/])
  await hasNoFaults(ann.page)
  await ann.page.keyboard.press('Escape')

  const ben = await visits(link.pathname + link.hash)
  await ben.page.getByRole('textbox', { name: 'Your name' }).fill(unique('Ben'))
  await ben.page.keyboard.press('Enter')
  await ben.isInRoom(room)
  await ben.says('here by the link')
  await ann.sees('here by the link')

  await ann.page.getByRole('button', { name: 'Add people' }).click()
  await expect(open).toHaveText([/used 1 of 10 times/])
  await open.getByRole('button', { name: /^Revoke/ }).click()
  await expect(open).toHaveCount(0)
  const late = await visits(link.pathname + link.hash)
  await expect(late.page.getByText('not valid any more')).toBeVisible()
  // The link that is over stays over after a reload.
  await ann.page.reload()
  await ann.page.getByRole('button', { name: 'Add people' }).click()
  await expect(dialog.getByRole('button', { name: 'Create link' })).toBeVisible()
  await expect(open).toHaveCount(0)
})

test('whoever is removed is told, sees nothing more and finds no such room; names of any kind are words', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('<i>Ben'))
  const room = unique('"><svg onload=alert(1)>')
  const path = await createsPrivateRoom(ann, room)
  await adds(ann, ben.name)
  await ben.roomInSidebar(room).click()
  await ben.isInRoom(room)
  await ben.says('still here')
  await ben.composer.fill('in the middle of')
  await ann.messages.getByRole('button', { name: ben.name, exact: true }).click()
  await ann.page.getByRole('dialog', { name: ben.name }).getByRole('button', { name: 'Remove from room…' }).click()
  const question = ann.page.getByRole('dialog', { name: /^Remove / })
  await expect(question).toContainText('come back only if somebody adds or invites them')
  await question.getByRole('button', { name: 'Remove' }).click()
  await expect(ben.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await expect(ben.notifications).toContainText('You were removed from')
  await expect(ben.notifications).toContainText(room)
  await expect(ben.roomInSidebar(room)).toBeHidden()
  await ann.says('behind closed doors')
  await ben.page.goto(path)
  await expect(ben.page.getByRole('heading', { name: 'Room not found' })).toBeVisible()
  await adds(ann, ben.name)
  await ben.roomInSidebar(room).click()
  await ben.sees('behind closed doors')
})
