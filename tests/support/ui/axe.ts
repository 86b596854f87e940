import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, type Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const THEMES = ['light', 'dark', 'contrast'] as const

/** In every theme. The journey needs `test.use({ bypassCSP: true })`: the page's own policy forbids foreign scripts. */
export async function hasNoFaults(page: Page): Promise<void> {
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
