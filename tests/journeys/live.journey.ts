import { expect, test } from '../support/ui/journey.ts'

test('[G6] who types is shown, gone at once on sending, and moves nothing', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const cy = await arrives(unique('Cy'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ben.entersRoom(room)
  await cy.entersRoom(room)
  await ann.says('hello')
  const place = async () => (await ann.messages.getByText('hello').boundingBox())?.y
  const before = await place()

  await ben.composer.pressSequentially('hm')
  await expect(ann.page.getByText(`${ben.name} is typing…`)).toBeVisible()
  expect(await place()).toBe(before)
  await cy.composer.pressSequentially('well')
  await expect(ann.page.getByText(/ and .* are typing…$/)).toBeVisible()
  await ben.composer.press('Enter')
  await expect(ann.page.getByText(`${cy.name} is typing…`)).toBeVisible()
  await cy.composer.fill('')
  await expect(ann.page.getByText(/typing…/)).toBeHidden()
})

test('[G6] whoever stops typing is forgotten within six seconds', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ben.entersRoom(room)
  await ben.composer.pressSequentially('hm')
  await expect(ann.page.getByText(`${ben.name} is typing…`)).toBeVisible()
  await expect(ann.page.getByText(/typing…/)).toBeHidden({ timeout: 7_000 })
})

test('[I3] one polite region speaks news of others, bursts as a number, never history or typing', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  const path = await ann.createsRoom(room)
  await ann.says('history')
  await ben.page.goto(path)
  await ben.sees('history')
  await expect(ben.messages).toHaveAttribute('aria-live', 'off')
  await listen(ben.page)
  await ann.says('hello')
  await ben.sees('hello')
  for (const text of ['one', 'two', 'three']) await ann.says(text)
  await expect
    .poll(() => heard(ben.page))
    .toEqual([`${ann.name}: hello`, expect.stringMatching(/^\d new messages$|: three$/)])
  await ben.says('my own')
  await ann.composer.pressSequentially('typing')
  await expect(ben.page.getByText(/is typing…/)).toBeVisible()
  expect((await heard(ben.page)).join()).not.toMatch(/history|my own|typing/)
})

test('[E8] read is what was in sight: nothing while scrolled up', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ben.entersRoom(room)
  for (let line = 0; line < 15; line += 1) await ann.says(`line ${line}\nand\nsome\nmore`)
  await ben.sees('line 14')
  await ben.messages.evaluate((log) => {
    log.scrollTop = 0
  })
  const jump = ben.page.getByRole('button', { name: /^Jump to latest/ })
  await expect(jump).toBeVisible()
  await ann.says('news')
  await expect(jump).toHaveText(/1$/)
  await expect(ben.roomInSidebar(room)).toHaveAccessibleName(/1 unread/)
  await jump.click()
  await ben.sees('news')
  await expect(ben.roomInSidebar(room)).not.toHaveAccessibleName(/unread/)
  await expect(jump).toBeHidden()
})

test('[E8] a room with news opens at the line “New”, which stays where it is', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ben.entersRoom(room)
  await ann.says('old')
  await ben.sees('old')
  await ben.goesToLobby()
  for (let line = 0; line < 12; line += 1) await ann.says(`line ${line}\nand\nsome\nmore`)
  await expect(ben.roomInSidebar(room)).toHaveAccessibleName(/12 unread/)
  await ben.roomInSidebar(room).click()
  const line = ben.messages.getByText('New', { exact: true })
  await expect(line).toBeInViewport()
  await expect(ben.messages.getByText('line 0')).toBeInViewport()
  await expect(ben.messages.getByText('line 11')).not.toBeInViewport()
  await ben.page.getByRole('button', { name: /^Jump to latest/ }).click()
  await expect(ben.messages.getByText('line 11')).toBeInViewport()
  await ann.says('more')
  await expect(ben.messages.getByText('more', { exact: true })).toBeInViewport()
  await ben.messages.evaluate((log) => {
    log.scrollTop = 0
  })
  await expect(line).toBeVisible()
  expect(await textAfterLine(line)).toContain('line 0')
})

async function textAfterLine(line: import('@playwright/test').Locator): Promise<string> {
  return line.evaluate((element) => {
    const item = element.closest('[data-index]')
    return item?.nextElementSibling?.textContent ?? ''
  })
}

declare global {
  interface Window {
    heardWords?: string[]
  }
}

/** Notes what the page's live region says from now on. */
function listen(page: import('@playwright/test').Page): Promise<void> {
  return page.evaluate(() => {
    const words: string[] = []
    window.heardWords = words
    const region = document.querySelector('[role="status"][aria-live="polite"][aria-atomic="true"]')
    if (!region) throw new Error('There is no live region.')
    new MutationObserver(() => words.push(region.textContent ?? '')).observe(region, {
      childList: true,
      subtree: true,
      characterData: true,
    })
  })
}

async function heard(page: import('@playwright/test').Page): Promise<string[]> {
  const words = await page.evaluate(() => window.heardWords ?? [])
  return words.filter((said, index) => said !== '' && said !== words[index - 1])
}
