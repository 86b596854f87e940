import type { BrowserContext } from '@playwright/test'
import { fillDisk } from '../support/full-disk.ts'
import { expect, test } from '../support/ui/journey.ts'
import { person } from '../support/ui/people.ts'

test('[X4] the disk of the server is full: said in words, nothing is lost, and it goes on by itself', async ({
  browser,
  ownServer,
}) => {
  const ann = await person(browser, ownServer, 'Ann')
  await ann.createsRoom('Archive')
  // The log of changes, which the next message is written to, has to be what the disk has no room for.
  for (let count = 0; count < 40; count++) {
    await ann.composer.fill('much was said before '.repeat(350))
    await ann.composer.press('Enter')
  }
  await expect(ann.page.getByText(/Sending|Waiting/)).toHaveCount(0, { timeout: 20_000 })
  await ann.says('before')
  const free = fillDisk(ownServer, 1_000)
  // The log of changes may have begun at its front again, and then has room for some of them.
  let stories = 0
  while (stories < 60 && !(await ann.notifications.isVisible())) {
    stories += 1
    await ann.composer.fill(`story ${stories}: ${'a long story '.repeat(500)}`)
    await ann.composer.press('Enter')
    await ann.sees(`story ${stories}:`)
  }
  const last = ann.messages.getByText(`story ${stories}:`)
  await expect(ann.notifications).toContainText('The server has no space left, so nothing was stored')
  await expect(ann.page.getByRole('region', { name: 'Not sent' })).toBeHidden()
  free()
  await ann.page.reload()
  await expect(last).toBeVisible()
  await expect(ann.page.getByText(/Sending|Waiting/)).toHaveCount(0, { timeout: 20_000 })
  await ann.page.reload()
  await expect(last).toHaveCount(1)
  await ann.leaves()
})

test('[X2] a fault of the server has an incident to copy, and the message is sent once the fault is over', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  let isFaulty = false
  await betweenClientAndServer(ann.context, {
    fromClient: (frame) =>
      isFaulty && frame.name === 'post-message'
        ? { type: 'refusal', id: frame.id, code: 'internal', message: '', details: { incident: 'i-42' } }
        : undefined,
  })
  await ann.page.reload()
  await ann.goesToLobby()
  await ann.createsRoom(unique('Harbour'))
  isFaulty = true
  await ann.composer.fill('in spite of it')
  await ann.composer.press('Enter')
  await expect(ann.notifications).toContainText('Incident i-42')
  await expect(ann.notifications.getByRole('button', { name: 'Copy incident' })).toBeVisible()
  isFaulty = false
  await expect(ann.messages.getByText('in spite of it')).toBeVisible()
  await ann.page.reload()
  await expect(ann.messages.getByText('in spite of it')).toHaveCount(1)
})

test('a tab of an older version is told of the upgrade, goes on, and reloads when it suits', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  await ann.createsRoom(unique('Harbour'))
  await betweenClientAndServer(ann.context, {
    fromServer: (frame) => (frame.type === 'welcome' ? { ...frame, build: 'a-newer-one' } : frame),
  })
  await ann.page.reload()
  await ann.says('still talking')
  await ann.composer.fill('a draft')
  await expect(ann.notifications).toContainText('The server was upgraded')
  await ann.notifications.getByRole('button', { name: 'Reload' }).click()
  await expect(ann.composer).toHaveValue('a draft')
})

test('[X3] a tab that speaks an older protocol says that it must be reloaded, and keeps what was typed', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  await ann.createsRoom(unique('Harbour'))
  await ann.composer.fill('a draft')
  await ann.context.routeWebSocket(/\/socket$/, (socket) => {
    socket.onMessage(() => void socket.close({ code: 4101, reason: 'protocol-unsupported' }))
  })
  await ann.page.reload()
  await expect(ann.page.getByRole('button', { name: 'Reload' })).toBeVisible()
  await expect(ann.page.getByText('This page is of another version than the server')).toBeVisible()
})

test('[F1] two tabs of one person agree on rooms, reading and messages', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  await ann.createsRoom(room)
  await ben.entersRoom(room)
  const second = await ann.opensTab('/lobby')
  await expect(second.roomInSidebar(room)).toBeVisible()
  await ben.says('for both of you')
  await ann.sees('for both of you')
  await second.roomInSidebar(room).click()
  await second.sees('for both of you')
  await second.says('from the second tab')
  await ann.sees('from the second tab')
  await ann.page.getByRole('button', { name: 'Leave room' }).click()
  await expect(second.page).toHaveURL(/\/lobby$/)
  await expect(second.roomInSidebar(room)).toBeHidden()
})

interface Frame {
  readonly type: string
  readonly id?: string
  readonly name?: string
}

/** Listens in on the sockets of a browser: answers in the server's place, or changes what the server says. */
async function betweenClientAndServer(
  context: BrowserContext,
  change: { fromClient?: (frame: Frame) => object | undefined; fromServer?: (frame: Frame) => object },
): Promise<void> {
  await context.routeWebSocket(/\/socket$/, (socket) => {
    const server = socket.connectToServer()
    socket.onMessage((text) => {
      const answer = change.fromClient?.(JSON.parse(String(text)))
      if (answer) socket.send(JSON.stringify(answer))
      else server.send(text)
    })
    server.onMessage((text) => {
      socket.send(change.fromServer ? JSON.stringify(change.fromServer(JSON.parse(String(text)))) : text)
    })
  })
}
