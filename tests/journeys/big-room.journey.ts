import { startServer, type TestServer } from '../support/harness.ts'
import { fillRoom } from '../support/ui/fill-room.ts'
import { expect, test } from '../support/ui/journey.ts'
import { type PersonAtBrowser, person } from '../support/ui/people.ts'

const COUNT = Number(process.env.BIG_ROOM ?? 50_000)

test('a room of 50,000 messages: opens where it should, never jumps, and stays light', async ({ browser }) => {
  test.setTimeout(400_000)
  const server = await startServer({ env: { PARLEY_LIMITS: 'posts=1000000/s,queries=1000000/s' } })
  try {
    const ann = await person(browser, server, 'Ann')
    await fill(ann, server)

    const openedAt = Date.now()
    await ann.roomInSidebar('Archive').click()
    await expect(ann.messages.getByText('New', { exact: true })).toBeInViewport()
    await expect(ann.messages.getByText(/^1: /)).toBeInViewport()
    expect(Date.now() - openedAt).toBeLessThan(5_000)
    await ann.page.getByRole('button', { name: /^Jump to latest/ }).click()
    await expect(ann.messages.getByText(new RegExp(`^${COUNT}: `))).toBeInViewport()

    const up = await ann.messages.evaluate(walk, { step: -110, steps: 400 })
    expect(up.worst, 'pixels that a row moved by itself, going up').toBeLessThanOrEqual(1)
    expect(up.most, 'rows in the page').toBeLessThanOrEqual(150)
    expect(up.pages, 'pages that were loaded meanwhile').toBeGreaterThan(4)
    const down = await ann.messages.evaluate(walk, { step: 130, steps: 200 })
    expect(down.worst, 'pixels that a row moved by itself, going down').toBeLessThanOrEqual(1)
    expect(down.most).toBeLessThanOrEqual(150)

    // News do not move what is being read; saying something oneself leads to the end.
    const row = await firstInSight(ann)
    const before = await topOf(ann, row)
    const jump = ann.page.getByRole('button', { name: /^Jump to latest/ })

    const roomId = new URL(ann.page.url()).pathname.split('/').at(-1) ?? ''
    await fillRoom({ url: server.url, roomId, count: 1, authors: ['Fay'], text: () => 'news' })
    await expect(jump).toHaveText(/1$/)
    expect(Math.abs((await topOf(ann, row)) - before)).toBeLessThanOrEqual(1)
    await ann.says('my own')
    await expect(ann.messages.getByText('my own', { exact: true })).toBeInViewport()
    await expect(ann.messages.getByText('news', { exact: true })).toBeInViewport()
    await expect(jump).toBeHidden()
    expect(ann.faults).toEqual([])
    await ann.leaves()
  } finally {
    await server.stop()
  }
})

async function fill(ann: PersonAtBrowser, server: TestServer): Promise<void> {
  const path = await ann.createsRoom('Archive')
  await ann.goesToLobby()
  const roomId = path.split('/').at(-1) ?? ''
  await fillRoom({ url: server.url, roomId, count: COUNT, authors: ['Cy', 'Di', 'Ed'] })
}

/** Scrolls step by step and compares, after each, where a row stands with where the scrolling alone would have put it. */
async function walk(log: Element, { step, steps }: { step: number; steps: number }) {
  const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))
  const rows = () => [...log.querySelectorAll<HTMLElement>('[data-message]')]
  const edge = log.getBoundingClientRect().top
  const top = (row: HTMLElement) => row.getBoundingClientRect().top
  const find = (key: string | undefined) => rows().find((row) => row.dataset.message === key)
  let worst = 0
  let most = 0
  let pages = 0
  for (let done = 0; done < steps; done += 1) {
    const row = rows().find((one) => top(one) >= edge + 150)
    if (!row) break
    const key = row.dataset.message
    const before = top(row)
    const from = log.scrollTop
    const height = log.scrollHeight
    log.scrollTop += step
    const asked = from - log.scrollTop
    await frame()
    await frame()
    const after = find(key)
    if (after) worst = Math.max(worst, Math.abs(top(after) - before - asked))
    most = Math.max(most, rows().length)
    if (Math.abs(log.scrollHeight - height) > 1_000) pages += 1
  }
  return { worst, most, pages }
}

function firstInSight(ann: PersonAtBrowser): Promise<string> {
  return ann.messages.evaluate((log) => {
    const edge = log.getBoundingClientRect().top + 150
    const row = [...log.querySelectorAll<HTMLElement>('[data-message]')].find(
      (one) => one.getBoundingClientRect().top >= edge,
    )
    return row?.dataset.message ?? ''
  })
}

function topOf(ann: PersonAtBrowser, key: string): Promise<number> {
  return ann.messages.evaluate(
    (log, wanted) =>
      [...log.querySelectorAll<HTMLElement>('[data-message]')]
        .find((one) => one.dataset.message === wanted)
        ?.getBoundingClientRect().top ?? Number.NaN,
    key,
  )
}
