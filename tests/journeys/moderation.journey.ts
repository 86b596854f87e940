import { hasNoFaults } from '../support/ui/axe.ts'
import { expect, test } from '../support/ui/journey.ts'
import type { PersonAtBrowser } from '../support/ui/people.ts'

test.use({ bypassCSP: true })

/** Opens somebody's card from the list of people here. */
async function cardOf(someone: PersonAtBrowser, name: string) {
  await someone.page.getByRole('list', { name: 'People here' }).getByRole('button', { name }).click()
  return someone.page.getByRole('dialog', { name, exact: true })
}

async function acts(someone: PersonAtBrowser, name: string, act: string): Promise<void> {
  await (await cardOf(someone, name)).getByRole('button', { name: act, exact: true }).click()
}

async function opensSettings(someone: PersonAtBrowser) {
  await someone.page.getByRole('button', { name: 'Room settings' }).click()
  return someone.page.getByRole('dialog', { name: 'Room settings' })
}

async function together(ann: PersonAtBrowser, others: readonly PersonAtBrowser[], room: string): Promise<void> {
  await ann.createsRoom(room)
  for (const other of others) await other.entersRoom(room)
}

const roomActs = (someone: PersonAtBrowser) =>
  someone.page.getByRole('region', { name: 'In this room' }).getByRole('button')

test('[O2] a moderator may what moderators may and nothing else, over those below; the owner makes and unmakes them', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const eve = await arrives(unique('Eve'))
  await together(ann, [ben, eve], unique('Harbour'))
  await cardOf(ann, ben.name)
  await expect(roomActs(ann)).toHaveText([
    'Make moderator',
    'Hand over the room…',
    'Mute…',
    'Remove from room…',
    'Ban…',
  ])
  await hasNoFaults(ann.page)
  await ann.page.getByRole('button', { name: 'Make moderator' }).click()
  await expect(roomActs(ann).first()).toHaveText('Remove as moderator')
  await expect(ann.page.getByRole('dialog', { name: ben.name }).getByText('Moderator', { exact: true })).toBeVisible()
  await ann.page.keyboard.press('Escape')

  await cardOf(ben, eve.name)
  await expect(roomActs(ben)).toHaveText(['Mute…', 'Remove from room…', 'Ban…'])
  await ben.page.keyboard.press('Escape')
  const anns = await cardOf(ben, ann.name)
  await expect(anns.getByRole('button', { name: 'Message' })).toBeVisible()
  await expect(anns.getByText('Room owner')).toBeVisible()
  await expect(roomActs(ben)).toHaveCount(0)
  await ben.page.keyboard.press('Escape')
  const settings = await opensSettings(ben)
  await expect(settings.getByRole('textbox', { name: 'Topic' })).toBeFocused()
  await expect(settings.getByRole('textbox', { name: 'Room name' })).toBeHidden()
  await expect(settings.getByRole('button', { name: 'Close room' })).toBeHidden()
  await hasNoFaults(ben.page)
  await settings.getByRole('textbox', { name: 'Topic' }).fill('By a moderator')
  await settings.getByRole('button', { name: 'Save' }).click()
  await expect(eve.page.getByText('By a moderator').first()).toBeVisible()

  // Messages of others can be deleted by moderators.
  await eve.says('out of line')
  await ben.messages.getByText('out of line').hover()
  await ben.page.getByRole('button', { name: 'Delete' }).click()
  await ben.page
    .getByRole('dialog')
    .getByRole('button', { name: /^Delete/ })
    .click()
  await expect(eve.messages.getByText('Message deleted')).toBeVisible()

  await acts(ann, ben.name, 'Remove as moderator')
  await expect(ben.page.getByRole('button', { name: 'Room settings' })).toBeHidden()
  await ann.page.keyboard.press('Escape')
  await cardOf(eve, ben.name)
  await expect(eve.page.getByRole('dialog', { name: ben.name }).getByRole('button', { name: 'Message' })).toBeVisible()
  await expect(roomActs(eve)).toHaveCount(0)
})

test('[O5] a muted person reads on, sees until when, can not post, edit or react, and posts again when it is ended', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  await together(ann, [ben], unique('Harbour'))
  await ben.says('one too many')
  await ben.composer.fill('and another')
  await acts(ann, ben.name, 'Mute…')
  const question = ann.page.getByRole('dialog', { name: /^Mute / })
  await expect(question.getByRole('group', { name: 'For how long' }).getByRole('radio')).toHaveCount(3)
  await hasNoFaults(ann.page)
  await question.getByRole('radio', { name: '1 hour' }).check()
  await question.getByRole('button', { name: 'Mute', exact: true }).click()
  await expect(ann.notifications).toContainText('is muted')
  await expect(ben.page.getByText(/You are muted in this room until .+\. You can go on reading\./)).toBeVisible()
  await expect(ben.composer).toBeHidden()
  await hasNoFaults(ben.page)
  await ben.messages.getByText('one too many').hover()
  await expect(ben.page.getByRole('button', { name: 'Delete' })).toBeVisible()
  await expect(ben.page.getByRole('button', { name: 'Edit', exact: true })).toBeHidden()
  await expect(ben.page.getByRole('button', { name: 'Add reaction' })).toBeHidden()
  await ann.says('you may read this')
  await ben.sees('you may read this')
  await ben.page.reload()
  await expect(ben.page.getByText(/You are muted in this room until/)).toBeVisible()
  const card = await cardOf(ann, ben.name)
  await expect(card.getByText('Muted')).toBeVisible()
  await card.getByRole('button', { name: 'Unmute' }).click()
  await expect(card.getByRole('button', { name: 'Mute…' })).toBeVisible()
  // The draft was kept.
  await expect(ben.composer).toHaveValue('and another')
  await ben.composer.press('Enter')
  await ann.sees('and another')
})

test('[O4] a ban removes and keeps out until it is ended in the settings', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  await together(ann, [ben], room)
  const path = new URL(ben.page.url()).pathname
  await acts(ann, ben.name, 'Ban…')
  const question = ann.page.getByRole('dialog', { name: /^Ban / })
  await expect(question.getByRole('radio')).toHaveCount(3)
  await question.getByRole('radio', { name: '1 week' }).check()
  await question.getByRole('button', { name: 'Ban', exact: true }).click()
  await expect(ben.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await expect(ben.notifications).toContainText('You were removed from')
  await ben.page.goto(path)
  await expect(ben.page.getByRole('heading', { name: 'This room can not be opened' })).toBeVisible()
  await expect(ben.page.getByText(/You are banned from this room until /)).toBeVisible()
  await hasNoFaults(ben.page)

  const settings = await opensSettings(ann)
  await settings.getByRole('button', { name: 'Banned people' }).click()
  const banned = ann.page.getByRole('dialog', { name: 'Banned people' })
  await expect(banned.getByRole('listitem')).toHaveText([new RegExp(`${ben.name}.*Until`)])
  await hasNoFaults(ann.page)
  await banned.getByRole('button', { name: `Unban ${ben.name}` }).click()
  await expect(banned.getByText('Nobody is banned')).toBeVisible()
  await banned.getByRole('button', { name: 'Back' }).click()
  await expect(settings).toBeVisible()
  await ann.page.keyboard.press('Escape')
  await ben.goesToLobby()
  await ben.entersRoom(room)
  await ben.says('back again')
})

test('[O6] read-only and slow rooms say so where one writes, and for how long', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  await together(ann, [ben], unique('Harbour'))
  const settings = await opensSettings(ann)
  await settings.getByRole('checkbox', { name: 'Read-only' }).check()
  await settings.getByRole('button', { name: 'Save' }).click()
  await expect(settings).toBeHidden()
  await expect(ben.page.getByText('This room is read-only')).toBeVisible()
  await expect(ben.composer).toBeHidden()
  await ann.says('the owner speaks')
  await ben.sees('the owner speaks')

  await opensSettings(ann)
  await settings.getByRole('checkbox', { name: 'Read-only' }).uncheck()
  await settings.getByRole('combobox', { name: 'Slow mode' }).selectOption('One message every 30 seconds')
  await settings.getByRole('button', { name: 'Save' }).click()
  await expect(ben.page.getByText('Slow mode: one message every 30 seconds')).toBeVisible()
  await ben.says('first')
  await expect(ben.page.getByText(/Slow mode: next message in 0:\d\d/)).toBeVisible()
  await hasNoFaults(ben.page)
  await ben.composer.fill('second')
  await ben.composer.press('Enter')
  await expect(ben.composer).toHaveValue('second')
  await expect(ben.page.getByRole('button', { name: 'Send' })).toHaveAttribute('aria-disabled', 'true')
  await ann.says('owners need not wait')
  await ann.says('at all')
})

test('[F2] [O6] what was written offline and is refused lies under “Not sent”, in words, and can be sent again', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  await together(ann, [ben], unique('Harbour'))
  await ben.context.setOffline(true)
  const settings = await opensSettings(ann)
  await settings.getByRole('combobox', { name: 'Slow mode' }).selectOption('One message every 5 seconds')
  await settings.getByRole('button', { name: 'Save' }).click()
  await expect(settings).toBeHidden()
  await ben.says('first')
  await ben.says('too soon')
  await ben.context.setOffline(false)
  const tray = ben.page.getByRole('region', { name: 'Not sent' })
  await expect(tray).toContainText('too soon')
  await expect(tray).toContainText('This room is in slow mode')
  await ann.sees('first')
  await expect(ben.page.getByText('Slow mode: one message every 5 seconds')).toBeVisible()
  await tray.getByRole('button', { name: 'Retry' }).click()
  await ann.sees('too soon')
  await expect(tray).toBeHidden()
})

test('a room is handed over: the other owns it, the former owner stays as a moderator', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  await together(ann, [ben], unique('Harbour'))
  await acts(ann, ben.name, 'Hand over the room…')
  const question = ann.page.getByRole('dialog', { name: /^Hand over / })
  await expect(question).toContainText('You stay as a moderator')
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await hasNoFaults(ann.page)
  await question.getByRole('button', { name: 'Hand over' }).click()
  await expect(
    ann.page.getByRole('list', { name: 'People here' }).getByRole('listitem').filter({ hasText: 'owner' }),
  ).toContainText(ben.name)
  const bens = await opensSettings(ben)
  await expect(bens.getByRole('textbox', { name: 'Room name' })).toBeVisible()
  await ben.page.keyboard.press('Escape')
  const anns = await opensSettings(ann)
  await expect(anns.getByRole('textbox', { name: 'Topic' })).toBeVisible()
  await expect(anns.getByRole('textbox', { name: 'Room name' })).toBeHidden()
  await ann.page.keyboard.press('Escape')
  await cardOf(ann, ben.name)
  await expect(ann.page.getByRole('dialog', { name: ben.name }).getByText('Room owner')).toBeVisible()
  await expect(roomActs(ann)).toHaveCount(0)
})

test('members who are elsewhere are listed, and their cards do the same; all of it on a phone, too', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'), { viewport: { width: 375, height: 720 }, hasTouch: true })
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  await together(ann, [ben], room)
  await ben.goesToLobby()
  await ann.page.getByRole('button', { name: /^People, / }).tap()
  await ann.page.getByRole('button', { name: 'Show all members' }).tap()
  await ann.page.getByRole('list', { name: 'Not here now' }).getByRole('button', { name: ben.name }).tap()
  const card = ann.page.getByRole('dialog', { name: ben.name, exact: true })
  await expect(card.getByRole('button', { name: 'Remove from room…' })).toBeVisible()
  await hasNoFaults(ann.page)
  expect(await ann.page.evaluate(() => document.documentElement.scrollWidth)).toBe(375)
  await card.getByRole('button', { name: 'Remove from room…' }).tap()
  await ann.page
    .getByRole('dialog', { name: /^Remove / })
    .getByRole('button', { name: 'Remove' })
    .tap()
  await expect(ben.notifications).toContainText('You were removed from')
  await expect(ann.page.getByRole('list', { name: 'Not here now' })).toBeHidden()
  // A public room may be entered again.
  await ben.entersRoom(room)
  await ann.page.keyboard.press('Escape')
  await ann.page.getByRole('button', { name: 'More' }).tap()
  await ann.page.getByRole('menuitem', { name: 'Add people' }).tap()
  await expect(ann.page.getByRole('dialog', { name: 'Add people' })).toBeVisible()
  await hasNoFaults(ann.page)
})
