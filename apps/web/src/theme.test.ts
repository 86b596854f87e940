import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { DENSITY_KEY, parseDensity, parseTheme, THEME_KEY, themeAttribute } from './theme.ts'

const boot = readFileSync(new URL('../theme-boot.js', import.meta.url), 'utf8')

for (const stored of [null, 'light', 'dark', 'contrast', 'system', 'nonsense']) {
  for (const prefersContrast of [false, true]) {
    test(`the page is dressed alike before and after the app starts: ${stored}, contrast ${prefersContrast}`, () => {
      const dataset = runBoot((key) => (key === THEME_KEY ? stored : null), prefersContrast)
      expect(dataset.theme).toBe(themeAttribute(parseTheme(stored), prefersContrast))
      expect(dataset.density).toBe(parseDensity(null))
    })
  }
}

test('the density is dressed alike, too', () => {
  for (const stored of [null, 'compact', 'comfortable', 'nonsense']) {
    const dataset = runBoot((key) => (key === DENSITY_KEY ? stored : null), false)
    expect(dataset.density).toBe(parseDensity(stored))
  }
})

test('blocked storage leaves the theme to the system', () => {
  const blocked = (): never => {
    throw new DOMException('denied', 'SecurityError')
  }
  expect(runBoot(blocked, false)).toEqual({ density: 'comfortable' })
})

/** Runs the real file with the three things of the browser that it touches. */
function runBoot(getItem: (key: string) => string | null, prefersContrast: boolean): Record<string, string> {
  const dataset: Record<string, string> = {}
  const run = new Function('localStorage', 'document', 'matchMedia', boot)
  run({ getItem }, { documentElement: { dataset } }, () => ({ matches: prefersContrast }))
  return dataset
}
