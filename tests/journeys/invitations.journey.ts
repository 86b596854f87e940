import { commands, owner, PASSWORD, registers } from '../support/ui/accounts.ts'
import { expect, test } from '../support/ui/journey.ts'
import { type PersonAtBrowser, visitor } from '../support/ui/people.ts'

/** A link into a room, made by somebody who may. Answers it as a path. */
async function roomLink(someone: PersonAtBrowser, path: string, input: object = {}): Promise<string> {
  const roomId = path.split('/').at(-1)
  const { token } = await commands(someone, 'create-invitation', { roomId, ...input })
  return `/join#${String(token)}`
}

test('[V4] opened in a private window: name, Enter, talking, in under ten seconds', async ({
  arrives,
  visits,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const room = unique('Harbour')
  const link = await roomLink(ann, await ann.createsRoom(room))
  const begun = Date.now()
  const ben = await visits(link)
  await expect(ben.page.getByRole('heading', { name: `You are invited to ${room}` })).toBeVisible()
  await expect(ben.page.getByText(`${ann.name} invites you.`)).toBeVisible()
  await expect(ben.page.getByRole('textbox', { name: 'Your name' })).toBeFocused()
  await ben.page.keyboard.type(unique('Ben'))
  await ben.page.keyboard.press('Enter')
  await ben.isInRoom(room)
  await ben.says('here I am')
  await ann.sees('here I am')
  expect(Date.now() - begun).toBeLessThan(10_000)
})

test('[V4] the token is taken out of the address, survives a reload, and is forgotten once used', async ({
  arrives,
  visits,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const room = unique('Harbour')
  const link = await roomLink(ann, await ann.createsRoom(room), { maxUses: 1 })
  const ben = await visits(link)
  await expect(ben.page.getByRole('heading', { name: `You are invited to ${room}` })).toBeVisible()
  expect(new URL(ben.page.url()).hash).toBe('')
  await ben.page.reload()
  await expect(ben.page.getByRole('heading', { name: `You are invited to ${room}` })).toBeVisible()
  await ben.page.getByRole('textbox', { name: 'Your name' }).fill(ann.name)
  await ben.page.getByRole('button', { name: 'Enter' }).click()
  await expect(ben.page.getByRole('textbox', { name: 'Your name' })).toHaveAccessibleDescription(
    /already has this name/,
  )
  await ben.page.getByRole('button', { name: /^Use / }).click()
  await ben.page.getByRole('button', { name: 'Enter' }).click()
  await ben.isInRoom(room)
  expect(await ben.page.evaluate(() => sessionStorage.getItem('parley:invitation'))).toBeNull()
  const late = await visits(link)
  await expect(late.page.getByRole('heading', { name: 'This invitation is not valid any more' })).toBeVisible()
  await late.page.getByRole('link', { name: 'Go to the first page' }).click()
  await expect(late.page.getByRole('textbox', { name: 'Your name' })).toBeVisible()
})

test('[V4] into a private room: by account made on the way, by signing in, and for somebody inside', async ({
  arrives,
  visits,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const room = unique('Cellar')
  const { roomId } = await commands(ann, 'create-room', { name: room, kind: 'private' })
  const path = `/rooms/${String(roomId)}`
  const link = await roomLink(ann, path)
  const ben = await visits(link)
  await ben.page.getByRole('link', { name: 'Create account' }).click()
  await expect(ben.page.getByText('you are brought to where you are invited')).toBeVisible()
  await ben.page.getByRole('textbox', { name: 'Your name' }).fill(unique('Ben'))
  const handle = await ben.page.getByRole('textbox', { name: 'Handle' }).inputValue()
  await ben.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await ben.page.getByRole('button', { name: 'Create account' }).click()
  await ben.isInRoom(room)

  const cleo = await visits()
  const cleoHandle = await registers(cleo, unique('Cleo'))
  await cleo.page.goto(link)
  await expect(cleo.page.getByText('You are signed in as')).toBeVisible()
  await cleo.page.getByRole('button', { name: 'Join' }).click()
  await cleo.isInRoom(room)
  await cleo.page.goto('/lobby')
  await commands(cleo, 'leave-room', { roomId })

  const phone = await visits(link)
  await phone.page.getByRole('link', { name: 'Sign in' }).click()
  await phone.page.getByRole('textbox', { name: 'Handle' }).fill(cleoHandle)
  await phone.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await phone.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await phone.isInRoom(room)
  expect(handle).not.toBe(cleoHandle)

  const dan = await arrives(unique('Dan'))
  await dan.page.goto(path)
  await expect(dan.page.getByText('There is no such room')).toBeVisible()
  await expect(dan.page.getByText(room)).toBeHidden()
})

test('[V5] links to the server: made with an end and a number of uses, copied, counted, revoked', async ({
  browser,
  ownServer,
}) => {
  const olga = await owner(browser, ownServer)
  const { page } = olga
  await olga.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('combobox', { name: 'Valid for' }).selectOption('1 day')
  await page.getByRole('combobox', { name: 'Number of uses' }).selectOption('1 person')
  await page.getByRole('button', { name: 'Create link' }).click()
  const link = await page.getByRole('textbox', { name: 'Invitation link' }).inputValue()
  expect(link).toMatch(new RegExp(`^${ownServer.url}/join#[\\w-]{20,}$`))
  await page.getByRole('button', { name: 'Copy link' }).click()
  await expect(olga.notifications.getByText('The link is copied.')).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link)
  const open = page.getByRole('list', { name: 'Open links' }).getByRole('listitem')
  await expect(open).toHaveCount(1)
  await expect(open).toContainText('Used 0 of 1 times')

  // Newcomers need one now: the first page says so, and a link opens it.
  await page.getByRole('radio', { name: 'By invitation' }).check()
  await page.getByRole('button', { name: 'Save settings' }).click()
  await expect(page.getByText('New people need an invitation link.')).toBeVisible()
  const stranger = await visitor(browser, ownServer)
  await expect(stranger.page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await expect(stranger.page.getByText('New people come in here by an invitation link.')).toBeVisible()
  await expect(stranger.page.getByRole('link', { name: 'Create account' })).toBeHidden()
  const guest = await visitor(browser, ownServer, {}, link.slice(ownServer.url.length))
  await expect(guest.page.getByRole('heading', { name: 'You are invited to this server' })).toBeVisible()
  await guest.enters('Gus')
  await expect(guest.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()

  await page.getByRole('combobox', { name: 'Number of uses' }).selectOption('Any number')
  await page.getByRole('button', { name: 'Create link' }).click()
  const second = await page.getByRole('textbox', { name: 'Invitation link' }).inputValue()
  await expect(open.filter({ hasText: 'Used 0 times' })).toHaveCount(1)
  await open
    .filter({ hasText: 'Used 0 times' })
    .getByRole('button', { name: /^Revoke/ })
    .click()
  await expect(olga.notifications.getByText(/The link is revoked/)).toBeVisible()
  await stranger.page.goto(second.slice(ownServer.url.length))
  await expect(stranger.page.getByRole('heading', { name: 'This invitation is not valid any more' })).toBeVisible()
  for (const someone of [olga, stranger, guest]) await someone.leaves()
})

test('[V4] guests off: an invitation leads to an account, and into the room', async ({ browser, ownServer }) => {
  const olga = await owner(browser, ownServer)
  const { roomId } = await commands(olga, 'create-room', { name: 'Harbour' })
  await commands(olga, 'change-settings', { guests: false })
  const link = await roomLink(olga, `/rooms/${String(roomId)}`)
  const ben = await visitor(browser, ownServer)
  await expect(ben.page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await expect(ben.page.getByRole('textbox', { name: 'Your name' })).toBeHidden()
  await ben.page.goto(link)
  await expect(ben.page.getByText('You need an account here; the invitation is kept meanwhile.')).toBeVisible()
  await ben.page.getByRole('button', { name: 'Create account' }).click()
  await ben.page.getByRole('textbox', { name: 'Your name' }).fill('Ben')
  await ben.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await ben.page.getByRole('button', { name: 'Create account' }).click()
  await ben.isInRoom('Harbour')
  await olga.leaves()
  await ben.leaves()
})
