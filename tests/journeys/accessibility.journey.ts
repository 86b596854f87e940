import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'
import { expect, test } from '../support/ui/journey.ts'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const THEMES = ['light', 'dark', 'contrast'] as const

// The page's own policy forbids foreign scripts, and rightly so; the checker comes in by the debugger's door.
test.use({ bypassCSP: true })

test('axe finds nothing before one is in', async ({ visits, arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const other = await visits()
  await hasNoFaults(other.page)
  await other.page.getByRole('textbox', { name: 'Your name' }).fill(ann.name)
  await other.page.getByRole('button', { name: 'Enter' }).click()
  await expect(other.page.getByRole('button', { name: /^Use / })).toBeVisible()
  await hasNoFaults(other.page)
})

test('axe finds nothing in the lobby and its dialogs', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  await ben.createsRoom(unique('Harbour'), 'Ships and tides')
  await expect(ann.page.getByRole('region', { name: 'Active rooms' }).getByRole('link').first()).toBeVisible()
  await hasNoFaults(ann.page)
  await ann.page.getByRole('button', { name: 'New room' }).click()
  const dialog = ann.page.getByRole('dialog', { name: 'New room' })
  await dialog.getByRole('button', { name: 'Create' }).click()
  await hasNoFaults(ann.page)
  await ann.page.keyboard.press('Escape')
  await ann.page.getByRole('searchbox', { name: 'Filter rooms' }).fill('no such room')
  await expect(ann.page.getByText('No room matches')).toBeVisible()
  await hasNoFaults(ann.page)
  await ann.chooses('Settings')
  await expect(ann.page.getByRole('dialog', { name: 'Settings' })).toBeVisible()
  await hasNoFaults(ann.page)
  await ann.page.keyboard.press('Escape')
  await ann.chooses('Keyboard shortcuts')
  await expect(ann.page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible()
  await hasNoFaults(ann.page)
})

test('axe finds nothing in a room, on pages that are not there, and on a phone', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'), { viewport: { width: 320, height: 640 } })
  await ann.createsRoom(unique('Harbour'), 'Ships and tides')
  await ann.says('Ahoy https://example.org')
  await hasNoFaults(ann.page)
  await ann.showsSidebar()
  await hasNoFaults(ann.page)
  await ann.page.keyboard.press('Escape')
  await ann.page.goto('/no/such/page')
  await expect(ann.page.getByRole('heading', { name: 'Page not found' })).toBeVisible()
  await hasNoFaults(ann.page)
})

test('every screen is as wide as a window of 320 pixels', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'), { viewport: { width: 320, height: 640 } })
  const widthOf = () => ann.page.evaluate(() => document.documentElement.scrollWidth)
  await expect(ann.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  expect(await widthOf()).toBe(320)
  await ann.createsRoom(`${unique('W')}${'w'.repeat(40)}`, 't'.repeat(250))
  await ann.says('u'.repeat(300))
  expect(await widthOf()).toBe(320)
  await ann.goesToLobby()
  expect(await widthOf()).toBe(320)
})

test('without a mouse: in, a room made, talked, the lobby, and the focus is never lost', async ({ visits, unique }) => {
  const ann = await visits()
  const { keyboard } = ann.page
  const focused = () => ann.page.evaluate(() => document.activeElement?.tagName ?? 'BODY')
  await keyboard.type(unique('Ann'))
  await keyboard.press('Enter')
  const heading = ann.page.getByRole('heading', { name: 'Lobby', level: 1 })
  await expect(heading).toBeFocused()
  await keyboard.press('Tab')
  await expect(ann.page.getByRole('button', { name: 'New room' })).toBeFocused()
  await keyboard.press('Enter')
  await expect(ann.page.getByRole('textbox', { name: 'Room name' })).toBeFocused()
  const room = unique('Harbour')
  await keyboard.type(room)
  await keyboard.press('Enter')
  await ann.isInRoom(room)
  expect(await focused()).not.toBe('BODY')
  await ann.page.goBack()
  await expect(heading).toBeFocused()
  await ann.page.goForward()
  await ann.isInRoom(room)
  await expect.poll(focused).not.toBe('BODY')
})

async function hasNoFaults(page: Page): Promise<void> {
  await page.evaluate(axeSource)
  const root = page.locator('html')
  const before = await root.getAttribute('data-theme')
  for (const theme of THEMES) {
    await root.evaluate((element, name) => element.setAttribute('data-theme', name), theme)
    await page.evaluate(settled)
    const results = await page.evaluate(checked)
    const faults = results.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
    expect(faults, `in the ${theme} theme`).toEqual([])
  }
  await root.evaluate((element, name) => {
    if (name === null) element.removeAttribute('data-theme')
    else element.setAttribute('data-theme', name)
  }, before)
}

/** Runs in the page: colours on their way from one to another have no contrast that counts. */
async function settled(): Promise<void> {
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))
  const finite = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity)
  await Promise.allSettled(finite.map((one) => one.finished))
}

/** Runs in the page. */
function checked(): Promise<AxeResults> {
  const { axe } = globalThis as unknown as { axe: typeof import('axe-core') } // as: its script was run above
  return axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })
}
