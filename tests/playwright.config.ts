import { defineConfig } from '@playwright/test'
import { programPath } from '../scripts/services/programs.ts'
import type { JourneyOptions } from './support/ui/journey.ts'

/**
 * The suggestions below Chromium's address bar are pages of their own, loaded for every window in two processes, though
 * no journey types an address: about a third of all the processor time that the journeys took.
 */
const windowDressing = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'WebUIOmniboxFullPopup', 'PreloadTopChromeWebUI']

/** Chromium takes the last `--disable-features` alone, so that ours has to repeat what Playwright's says (1.65). */
const disabledByPlaywright = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'TcpPortRandomizationWin',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
]

/** Journeys: two or three people in real browsers. `npm test` runs them; `npm test -- journeys` runs them alone. */
export default defineConfig<object, JourneyOptions>({
  testDir: './journeys',
  testMatch: /\.(journey|test|spec)\.ts$/,
  outputDir: '../test-results/journeys',
  fullyParallel: true,
  workers: 3, // On two cores: while two work, one waits for a sight.
  retries: 0,
  forbidOnly: true,
  // Generous, for machines that share their two cores: a journey that waits for a sight ends as soon as it is there.
  timeout: 150_000,
  expect: { timeout: 25_000 },
  reporter: [['list'], ['./support/ui/page-reporter.ts'], ['json']], // PLAYWRIGHT_JSON_OUTPUT_FILE says where the latter goes.
  use: {
    browserName: 'chromium',
    headless: true,
    locale: 'en-US',
    timezoneId: 'UTC',
    viewport: { width: 1280, height: 800 },
    actionTimeout: 25_000,
    screenshot: 'only-on-failure',
    trace: 'off', // Recording slows every journey; `npx playwright test -c tests/playwright.config.ts --trace on` records one.
    launchOptions: {
      executablePath: programPath('chromium'),
      args: [
        '--no-sandbox', // Chromium cannot make its sandbox as root, and these pages are our own.
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        `--disable-features=${[...disabledByPlaywright, ...windowDressing]}`,
      ],
    },
  },
  projects: [
    { name: 'sqlite' },
    // The browser sees no difference; a dozen journeys see to it that there is none.
    { name: 'postgres', testMatch: /\/(rooms|live|offline)\.journey\.ts$/, use: { database: 'postgres' } },
  ],
})
