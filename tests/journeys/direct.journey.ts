import { commands, registers } from '../support/ui/accounts.ts'
import { hasNoFaults } from '../support/ui/axe.ts'
import { expect, test } from '../support/ui/journey.ts'
import type { PersonAtBrowser } from '../support/ui/people.ts'

test.use({ bypassCSP: true })

/** From anywhere; ends in the conversation. */
async function writesTo(someone: PersonAtBrowser, name: string): Promise<void> {
  await someone.showsSidebar()
  await someone.sidebar.getByRole('button', { name: 'New message' }).click()
  const dialog = someone.page.getByRole('dialog', { name: 'New message' })
  await dialog.getByRole('searchbox', { name: 'To' }).fill(name)
  await dialog.getByRole('list', { name: 'People' }).getByRole('button', { name: name }).click()
  await someone.isInRoom(name)
}

const directs = (someone: PersonAtBrowser) => someone.sidebar.getByRole('list', { name: 'Direct messages' })
const card = (someone: PersonAtBrowser, name: string) => someone.page.getByRole('dialog', { name, exact: true })
const authorOf = (someone: PersonAtBrowser, name: string) =>
  someone.messages.getByRole('button', { name, exact: true }).first()

/** Both in a public room, each having said something. */
async function meet(ann: PersonAtBrowser, ben: PersonAtBrowser, room: string): Promise<void> {
  await ann.createsRoom(room)
  await ben.entersRoom(room)
  await ann.says(`I am ${ann.name}`)
  await ben.says(`I am ${ben.name}`)
  await ann.sees(`I am ${ben.name}`)
}

test('one conversation per pair, begun by “New message” with the keyboard alone, listed apart, the same from both sides', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  await ann.sidebar.getByRole('button', { name: 'New message' }).press('Enter')
  const to = ann.page.getByRole('searchbox', { name: 'To' })
  await expect(to).toBeFocused()
  await ann.page.keyboard.type(`@${ben.name.replaceAll(' ', '-').toLowerCase()}`)
  const found = ann.page.getByRole('list', { name: 'People' }).getByRole('button', { name: ben.name })
  await expect(found).toBeVisible()
  await hasNoFaults(ann.page)
  await ann.page.keyboard.press('ArrowDown')
  await expect(found).toBeFocused()
  await ann.page.keyboard.press('ArrowUp')
  await expect(to).toBeFocused()
  await ann.page.keyboard.press('ArrowDown')
  await ann.page.keyboard.press('Enter')
  await ann.isInRoom(ben.name)
  await expect(directs(ann).getByRole('link')).toHaveText([new RegExp(ben.name)])
  // Nothing was said yet: the other side sees nothing of it.
  await expect(ben.sidebar.getByRole('button', { name: 'New message' })).toBeVisible()
  await expect(directs(ben)).toBeHidden()
  await ann.says('only for you')
  const row = directs(ben).getByRole('link', { name: ann.name })
  await expect(row).toHaveAccessibleName(/1 unread/)
  await row.click()
  await ben.isInRoom(ann.name)
  await ben.sees('only for you')
  await expect(row).not.toHaveAccessibleName(/unread/)
  await ben.says('and for you')
  await ann.sees('and for you')
  await ben.goesToLobby()
  await writesTo(ben, ann.name)
  await ben.sees('only for you')
  expect(new URL(ben.page.url()).pathname).toBe(new URL(ann.page.url()).pathname)
  await ben.page.reload()
  await ben.isInRoom(ann.name)
  await expect(directs(ben).getByRole('link')).toHaveCount(1)
  await hasNoFaults(ben.page)
})

test('a conversation has no settings, members or leaving; who types is shown; nobody else can open it', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const eve = await arrives(unique('Eve'))
  await writesTo(ann, ben.name)
  await ann.says('hello')
  for (const label of ['Room settings', 'Leave room', 'Add people']) {
    await expect(ann.page.getByRole('button', { name: label })).toBeHidden()
  }
  await expect(ann.page.getByRole('button', { name: /^People, / })).toBeHidden()
  await directs(ben).getByRole('link', { name: ann.name }).click()
  await ben.isInRoom(ann.name)
  await ben.composer.pressSequentially('let me thi')
  await expect(ann.page.getByText(`${ben.name} is typing…`)).toBeVisible()
  await eve.page.goto(new URL(ann.page.url()).pathname)
  await expect(eve.page.getByRole('heading', { name: 'Room not found' })).toBeVisible()
  await eve.goesToLobby()
  await expect(eve.page.getByText(ben.name)).toBeHidden()
})

test('a person’s card opens by rest, press and Enter; it shows who they are and leads to a conversation', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  await meet(ann, ben, unique('Harbour'))
  await ann.composer.focus()
  await authorOf(ann, ben.name).hover()
  const bens = card(ann, ben.name)
  await expect(bens).toBeVisible()
  await expect(ann.composer).toBeFocused()
  await expect(bens.getByText(/^@/)).toBeVisible()
  await expect(bens.getByText('Guest')).toBeVisible()
  await ann.page.mouse.move(5, 700)
  await expect(bens).toBeHidden()

  const here = ann.page.getByRole('list', { name: 'People here' }).getByRole('button', { name: ben.name })
  await here.press('Enter')
  await expect(bens).toBeFocused()
  await hasNoFaults(ann.page)
  await ann.page.keyboard.press('Escape')
  await expect(bens).toBeHidden()
  await expect(here).toBeFocused()

  // The message has the focus, Tab leads to its author.
  await ann.page.keyboard.press('Shift+Tab')
  await authorOf(ann, ben.name).click()
  await expect(bens.getByText('In this room')).toBeVisible()
  await bens.getByRole('button', { name: 'Message' }).click()
  await ann.isInRoom(ben.name)
  await expect(bens).toBeHidden()
  await ann.says('found you')

  // In the conversation the header is the card's place; my own card offers nothing.
  await ann.page.getByRole('heading', { level: 1 }).getByRole('button', { name: ben.name }).click()
  await expect(bens.getByRole('button', { name: 'Block' })).toBeVisible()
  await expect(bens.getByText('In this room')).toBeHidden()
  await ann.page.keyboard.press('Escape')
  await authorOf(ann, ann.name).click()
  await expect(card(ann, ann.name).getByText('· you')).toBeVisible()
  await expect(card(ann, ann.name).getByRole('button')).toHaveCount(0)
})

test('faces in the lobby open cards, also by keyboard and touch', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'), { hasTouch: true, viewport: { width: 375, height: 700 } })
  const room = unique('Harbour')
  await ann.createsRoom(room)
  const faces = ben.page.getByRole('list', { name: `In ${room}` })
  await faces.getByRole('button', { name: ann.name }).tap()
  await expect(card(ben, ann.name)).toBeVisible()
  await expect(ben.page).toHaveURL(/\/lobby/)
  expect(await ben.page.evaluate(() => document.documentElement.scrollWidth)).toBe(375)
  await hasNoFaults(ben.page)
  await ben.page.keyboard.press('Escape')
  await faces.getByRole('button', { name: ann.name }).press('Enter')
  await card(ben, ann.name).getByRole('button', { name: 'Message' }).click()
  await ben.isInRoom(ann.name)
})

test('blocking hides messages here, there and in the counts; the blocked sees nothing special; unblocking brings all back', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  await meet(ann, ben, room)
  await authorOf(ann, ben.name).click()
  await card(ann, ben.name).getByRole('button', { name: 'Block' }).click()
  const question = ann.page.getByRole('dialog', { name: `Block “\u2068${ben.name}\u2069”?` })
  await expect(question).toContainText('They are not told')
  await expect(question.getByRole('button', { name: 'Cancel' })).toBeFocused()
  await question.getByRole('button', { name: 'Block' }).click()
  const hidden = ann.messages.getByText('Message from somebody you block')
  await expect(hidden).toHaveCount(1)
  await expect(ann.messages.getByText(`I am ${ben.name}`)).toBeHidden()
  await ben.says('can you hear me')
  await expect(hidden).toHaveCount(2)
  await hasNoFaults(ann.page)
  await ann.messages.getByRole('button', { name: 'Show' }).last().click()
  await ann.sees('can you hear me')
  await expect(hidden).toHaveCount(1)
  await ann.goesToLobby()
  await ben.says('still talking')
  await expect(ann.roomInSidebar(room)).not.toHaveAccessibleName(/unread/)

  // The conversation of two: Ben writes as ever, Ann has no place to answer until she unblocks.
  await writesTo(ben, ann.name)
  await ben.says('private word')
  await directs(ann).getByRole('link', { name: ben.name }).click()
  await ann.isInRoom(ben.name)
  await expect(ann.composer).toBeHidden()
  await expect(ann.page.getByText('Unblock them to write')).toBeVisible()
  await hasNoFaults(ann.page)
  await ann.page.reload()
  await expect(ann.messages.getByText('Message from somebody you block')).toBeVisible()
  await ann.page.getByRole('main').getByRole('button', { name: 'Unblock' }).click()
  await ann.sees('private word')
  await ann.says('I hear you now')
  await ben.sees('I hear you now')
})

test('names change everywhere at once; deleted people are shown as such and can not be written to', async ({
  visits,
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await visits()
  const name = unique('Ben')
  await registers(ben, name)
  await writesTo(ann, name)
  await ann.says('hello')
  await directs(ben).getByRole('link', { name: ann.name }).click()
  await ben.says('hello to you')
  const renamed = unique('Benjamin')
  await commands(ben, 'change-name', { name: renamed })
  await ann.isInRoom(renamed)
  await expect(directs(ann).getByRole('link', { name: renamed })).toBeVisible()
  await commands(ben, 'delete-account', { password: 'four boats at dawn', messages: 'keep' })
  await expect(ann.page.getByRole('heading', { level: 1, name: 'Deleted person' })).toBeVisible()
  await expect(directs(ann).getByRole('link', { name: 'Deleted person' })).toBeVisible()
  await ann.sees('hello to you')
  await expect(ann.page.getByText('This person deleted their account')).toBeVisible()
  await expect(ann.composer).toBeHidden()
  await ann.page.reload()
  await expect(ann.page.getByRole('heading', { level: 1, name: 'Deleted person' })).toBeVisible()
  await ann.page.getByRole('heading', { level: 1 }).getByRole('button').click()
  await expect(card(ann, 'Deleted person').getByRole('button', { name: 'Message' })).toBeHidden()
})

test('Esc closes a question that has just opened from a card, however early it is pressed', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  await writesTo(ann, ben.name)
  for (const _ of ['with the code of the question on its way', 'with it there']) {
    await ann.page.getByRole('heading', { level: 1 }).getByRole('button').click()
    const block = card(ann, ben.name).getByRole('button', { name: 'Block' })
    await expect(card(ann, ben.name)).toBeFocused()
    // Before the page is painted again: no finger is as fast, but a slow page is as slow.
    const isTaken = await block.evaluate(async (button: HTMLElement) => {
      const opened = new Promise<void>((resolve) => {
        const watcher = new MutationObserver(() => {
          if (!document.querySelector('dialog[open]')) return
          watcher.disconnect()
          resolve()
        })
        watcher.observe(document, { subtree: true, childList: true, attributeFilter: ['open'] })
      })
      button.click()
      await opened
      const press = new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true })
      return !document.activeElement?.dispatchEvent(press)
    })
    expect(isTaken).toBe(false)
    await ann.page.keyboard.press('Escape')
    await expect(ann.page.getByRole('dialog')).toHaveCount(0)
  }
})

const NAUGHTY = ['<b onclick=alert(1)>x', '"><img src=x>', 'مرحبا بالعالم', '𝓑𝓮𝓷 & Jerry', '{{7*7}} %s'] as const

test('naughty names are names: in the sidebar, the header, cards, questions and lists', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  for (const naughty of NAUGHTY) {
    const ben = await arrives(unique(naughty))
    await writesTo(ben, ann.name)
    await ben.says('hi')
    await directs(ann).getByRole('link', { name: ben.name }).click()
    await ann.isInRoom(ben.name)
    await ann.page.getByRole('heading', { level: 1 }).getByRole('button').click()
    await expect(card(ann, ben.name).getByText(ben.name, { exact: true })).toBeVisible()
    await card(ann, ben.name).getByRole('button', { name: 'Block' }).click()
    await expect(ann.page.getByRole('dialog').getByRole('heading')).toContainText(ben.name)
    await ann.page.keyboard.press('Escape')
    await writesTo(ann, ben.name)
    await ben.leaves()
  }
})
