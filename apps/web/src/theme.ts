import { effect, signal } from '@preact/signals'
import { recall, remember } from './remembered.ts'

export type ThemeChoice = 'system' | 'light' | 'dark' | 'contrast'
export type Density = 'comfortable' | 'compact'

export const THEME_KEY = 'parley.theme'
export const DENSITY_KEY = 'parley.density'

/** What the person chose. Set it with `chooseTheme`, so that it is remembered. */
export const theme = signal<ThemeChoice>('system')
export const density = signal<Density>('comfortable')

/** Call once at start. theme-boot.js has dressed the page already; this takes over and keeps it up to date. */
export function startTheme(): void {
  readChoices()
  const moreContrast = matchMedia('(prefers-contrast: more)')
  const prefersContrast = signal(moreContrast.matches)
  moreContrast.addEventListener('change', () => {
    prefersContrast.value = moreContrast.matches
  })
  // Another tab changed its mind: all tabs of a person look alike.
  window.addEventListener('storage', (event) => {
    if (event.key === null || event.key === THEME_KEY || event.key === DENSITY_KEY) readChoices()
  })
  effect(() => {
    const root = document.documentElement
    const shown = themeAttribute(theme.value, prefersContrast.value)
    if (shown) root.dataset.theme = shown
    else delete root.dataset.theme
    root.dataset.density = density.value
    colourBrowserBar(theme.value)
  })
}

export function chooseTheme(choice: ThemeChoice): void {
  theme.value = choice
  remember(THEME_KEY, choice)
}

export function chooseDensity(choice: Density): void {
  density.value = choice
  remember(DENSITY_KEY, choice)
}

/** The value of `data-theme` on <html>; undefined leaves light or dark to the browser (see kit/tokens.css). */
export function themeAttribute(
  choice: ThemeChoice,
  prefersContrast: boolean,
): Exclude<ThemeChoice, 'system'> | undefined {
  if (choice !== 'system') return choice
  return prefersContrast ? 'contrast' : undefined
}

export function parseTheme(stored: string | null): ThemeChoice {
  return stored === 'light' || stored === 'dark' || stored === 'contrast' ? stored : 'system'
}

export function parseDensity(stored: string | null): Density {
  return stored === 'compact' ? 'compact' : 'comfortable'
}

function readChoices(): void {
  theme.value = parseTheme(recall(THEME_KEY))
  density.value = parseDensity(recall(DENSITY_KEY))
}

const BAR_COLOURS = { light: '#f2f6f3', dark: '#0e1614' } as const

function colourBrowserBar(choice: ThemeChoice): void {
  for (const meta of document.querySelectorAll<HTMLMetaElement>('meta[name="theme-color"]')) {
    const own = meta.media.includes('dark') ? 'dark' : 'light'
    meta.content = BAR_COLOURS[choice === 'light' || choice === 'dark' ? choice : own]
  }
}
