import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium } from '@playwright/test'
import { startServer, stopServers } from '../tests/support/harness.ts'
import { type Guests, people } from '../tests/support/people.ts'
import { type PersonAtBrowser, person } from '../tests/support/ui/people.ts'
import { root } from './checks/source-file.ts'
import { chromiumPath } from './test-services.ts'

// Takes the README's pictures from the real program with real people in it: npm run screenshots [-- folder]

const folder = process.argv[2] ?? join(root, 'docs/images')
const BROWSER = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync', '--no-first-run']
const WIDE = { viewport: { width: 1280, height: 800 } } as const
const NARROW = { viewport: { width: 375, height: 760 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 } as const

mkdirSync(folder, { recursive: true })
const server = await startServer()
const browser = await chromium.launch({ executablePath: chromiumPath(), args: BROWSER })
const company = people(server)
try {
  const guests = await company.room('Product design').with('Mara Lindqvist', 'Tomás', '田中 さくら', 'Yusuf')
  await furnish(guests)
  await takeAll(guests)
} finally {
  company.leave()
  await browser.close()
  await stopServers()
}

type Everybody = Guests<'Mara Lindqvist' | 'Tomás' | '田中 さくら' | 'Yusuf'>

async function furnish({
  'Mara Lindqvist': mara,
  Tomás: tomás,
  '田中 さくら': sakura,
  Yusuf: yusuf,
  roomId,
}: Everybody) {
  await mara.client.changeTopic(roomId, 'What people see, and how it feels')
  const other = await company.room('Kitchen table').with('Ines', 'Jonas', 'Priya')
  await other.Ines.posts('Soup at noon?')
  const quiet = await company.room('Release notes').with('Olga')
  await quiet.Olga.posts('0.1 is nearly there.')
  quiet.Olga.goesOffline()

  await mara.posts('Morning! The new lobby is up. Who is in a room right now is the first thing you see.')
  await mara.posts('Have a look: https://example.org/lobby')
  const looked = await sakura.posts('見ました。とても静かで、見やすいです。')
  await tomás.posts('Love it. Can we try the empty state once more?\nI would say what to do next, not what is missing.')
  await yusuf.posts('مرحبا! Closing a room now says exactly what goes.')
  for (const one of [mara, tomás, yusuf]) await one.reacts(looked, '🎉')
  await tomás.reacts(looked, '👍')
  await mara.posts('Good idea. I will change the words and post it here.')
}

async function takeAll(guests: Everybody) {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const [size, options] of [
      ['wide', WIDE],
      ['narrow', NARROW],
    ] as const) {
      await takeOne(browser, guests, { name: `${colorScheme}-${size}`, options: { ...options, colorScheme } })
    }
  }
}

async function takeOne(
  on: Browser,
  guests: Everybody,
  { name, options }: { name: string; options: BrowserContextOptions },
) {
  const visitor = await person(on, server, `Robin ${name}`, options)
  await visitor.page.getByRole('region', { name: 'Active rooms' }).getByRole('link').first().waitFor()
  await shoot(visitor, `lobby-${name}`)
  await visitor.entersRoom('Product design')
  const log = visitor.page.getByRole('log', { name: 'Messages' })
  await log.getByText('Good idea.').waitFor()
  guests.Tomás.client.room(guests.roomId).setTyping(true)
  await visitor.page.getByText(/is typing/).waitFor()
  await visitor.page.mouse.move(0, 0)
  await shoot(visitor, `room-${name}`)
  guests.Tomás.client.room(guests.roomId).setTyping(false)
  await visitor.page.getByRole('button', { name: 'Leave room' }).click()
  await visitor.page.getByRole('region', { name: 'Existing rooms' }).waitFor()
  await visitor.context.close()
}

async function shoot({ page }: PersonAtBrowser, name: string) {
  await page.evaluate(() => document.fonts.ready)
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled', caret: 'hide' })
  process.stdout.write(`${name}.png\n`)
}
