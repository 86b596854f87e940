import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { expect, type Page } from '@playwright/test'
import type { AxeResults } from 'axe-core'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** The themes differ in colours alone, so that what else there is to check is checked in one of them. */
const COLOURS = ['color-contrast', 'link-in-text-block']
const CHECKS = { light: STANDARDS, dark: COLOURS, contrast: COLOURS } as const

/** In every theme. The journey needs `test.use({ bypassCSP: true })`: the page's own policy forbids foreign scripts. */
export async function hasNoFaults(page: Page): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axeSource)
  const root = page.locator('html')
  const before = await root.getAttribute('data-theme')
  for (const [theme, checks] of Object.entries(CHECKS)) {
    await root.evaluate((element, name) => element.setAttribute('data-theme', name), theme)
    await page.evaluate(settled)
    const results = await page.evaluate(checked, checks)
    const faults = results.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
    expect(faults, `in the ${theme} theme`).toEqual([])
  }
  await root.evaluate((element, name) => {
    if (name === null) element.removeAttribute('data-theme')
    else element.setAttribute('data-theme', name)
  }, before)
}

/**
 * Runs in the page: colours on their way from one to another have no contrast that counts, so they arrive at once. What
 * arrives may set what inherits from it going. Waiting for `finished` instead takes seconds, and at times for ever.
 */
async function settled(): Promise<void> {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
  const isUnderWay = ({ playState, effect }: Animation) =>
    playState === 'running' && effect?.getComputedTiming().endTime !== Infinity
  await frame()
  for (let underWay = document.getAnimations().filter(isUnderWay); underWay.length > 0; ) {
    for (const one of underWay) one.finish()
    await frame()
    underWay = document.getAnimations().filter(isUnderWay)
  }
}

/** Runs in the page. */
function checked(checks: readonly string[]): Promise<AxeResults> {
  const { axe } = globalThis as unknown as { axe: typeof import('axe-core') } // as: its script was run above
  return axe.run(document, { runOnly: [...checks], resultTypes: ['violations'] })
}
