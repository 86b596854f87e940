import { expect, test } from '../support/ui/journey.ts'
import { person } from '../support/ui/people.ts'

test('[F1] written offline, it is queued in order, survives a reload, and is sent exactly once', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ben.entersRoom(room)
  await ann.says('before')
  await ben.sees('before')
  await expect(ann.messages.getByRole('img', { name: /Sending|Waiting/ })).toHaveCount(0)
  await ann.context.setOffline(true)
  for (const text of ['one', 'two', 'three']) await ann.says(text)
  await expect(ann.messages.getByRole('img', { name: /Sending|Waiting/ })).toHaveCount(3)
  await ann.context.setOffline(false)
  await expect(ben.messages.getByText('three')).toBeVisible({ timeout: 30_000 })
  await expect(bodies(ben)).toHaveText(['before', 'one', 'two', 'three'])
  await expect(bodies(ann)).toHaveText(['before', 'one', 'two', 'three'])
  await expect(ann.messages.getByRole('img', { name: /Sending|Waiting/ })).toHaveCount(0)
})

test('[F1] the server dies while both write: nothing is missing, doubled or out of order', async ({
  browser,
  ownServer,
}) => {
  test.setTimeout(120_000)
  const ann = await person(browser, ownServer, 'Ann')
  const ben = await person(browser, ownServer, 'Ben')
  const path = await ann.createsRoom('Harbour')
  await ben.page.goto(path)
  await ben.isInRoom('Harbour')
  await ann.says('a1')
  await ben.says('b1')
  await ownServer.kill9()
  await ann.says('a2')
  await ben.says('b2')
  await ann.says('a3')
  await ann.page.close() // the crash of a tab: the outbox is on disk
  await ownServer.start()
  const again = await ann.opensTab(path)
  await expect(again.messages.getByText('b2')).toBeVisible({ timeout: 40_000 })
  await expect(ben.messages.getByText('a3')).toBeVisible({ timeout: 40_000 })
  await expect(again.messages.getByRole('img', { name: /Sending|Waiting/ })).toHaveCount(0)
  const texts = await bodies(ben).allInnerTexts()
  expect([...texts].sort()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2'])
  expect(texts.filter((text) => text.startsWith('a'))).toEqual(['a1', 'a2', 'a3'])
  await expect(bodies(again)).toHaveText(texts)
  await ann.leaves()
  await ben.leaves()
})

test('[F4] edited and deleted before it was sent: only the last state arrives', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ben.entersRoom(room)
  await ann.says('before')
  await ben.sees('before')
  await ann.context.setOffline(true)
  await ann.says('first try')
  await ann.composer.press('ArrowUp')
  await ann.messages.getByRole('textbox').fill('second try')
  await ann.messages.getByRole('textbox').press('Enter')
  await ann.sees('second try')
  await ann.context.setOffline(false)
  await expect(ben.messages.getByText('second try')).toBeVisible({ timeout: 30_000 })
  await expect(ben.messages.getByText('first try')).toHaveCount(0)
})

const bodies = (someone: { readonly messages: import('@playwright/test').Locator }) =>
  someone.messages.getByRole('article').locator('[dir="auto"]')
