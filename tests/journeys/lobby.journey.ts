import { expect, test } from '../support/ui/journey.ts'
import { person, startingWith } from '../support/ui/people.ts'

test('[G1] an empty lobby offers one next step', async ({ browser, ownServer }) => {
  const ann = await person(browser, ownServer, 'Ann')
  await expect(ann.page.getByRole('region', { name: 'Active rooms' })).toBeVisible()
  await expect(ann.page.getByRole('region', { name: 'Existing rooms' }).getByText('No rooms yet')).toBeVisible()
  await ann.page.getByRole('button', { name: 'Make the first one' }).click()
  await expect(ann.page.getByRole('dialog', { name: 'New room' })).toBeVisible()
  await ann.page.keyboard.press('Escape')
  await expect(ann.page.getByRole('dialog')).toBeHidden()
  await expect(ann.page.getByRole('button', { name: 'Make the first one' })).toBeFocused()
  await ann.leaves()
})

test('[G1] everybody sees within a second what is made, entered, left, renamed and closed', async ({
  arrives,
  unique,
}) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const room = unique('Harbour')
  await ann.createsRoom(room, 'Ships and tides')
  const active = ben.roomInLobby('Active rooms', room)
  const existing = ben.roomInLobby('Existing rooms', room)
  await expect(active).toBeVisible({ timeout: 2_000 })
  await expect(active).toContainText('Ships and tides')
  await expect(active).toContainText('1 here')
  await expect(active).toHaveAccessibleName(
    new RegExp(`^${room} , Ships and tides ,.*1 here.*${ann.name}, last activity just now$`),
  )
  await expect(existing).toContainText('1 here')

  await ann.goesToLobby()
  await expect(active).toBeHidden({ timeout: 2_000 })
  await expect(existing).toBeVisible()
  await expect(existing).not.toContainText('here')
  await expect(existing).toContainText('just now')
})

test('[R1] each room name that can not be has its own words beside its field', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const taken = unique('Harbour')
  await ann.createsRoom(taken)
  await ann.goesToLobby()
  await ann.page.getByRole('button', { name: 'New room' }).click()
  const dialog = ann.page.getByRole('dialog', { name: 'New room' })
  const name = dialog.getByRole('textbox', { name: 'Room name' })
  const topic = dialog.getByRole('textbox', { name: 'Topic' })
  const create = dialog.getByRole('button', { name: 'Create' })
  await expect(name).toBeFocused()

  await create.click()
  await expect(name).toHaveAccessibleDescription(/A room needs a name/)
  await expect(name).toBeFocused()
  await name.fill('n'.repeat(61))
  await create.click()
  await expect(name).toHaveAccessibleDescription(/at most 60 characters/)
  await name.fill(` ${taken.toUpperCase()} `)
  await topic.fill('t'.repeat(251))
  await create.click()
  await expect(topic).toHaveAccessibleDescription(/at most 250 characters/)
  await expect(topic).toBeFocused()
  await topic.fill('')
  await name.press('Enter')
  await expect(name).toHaveAccessibleDescription(/already a room with this name/)
  await expect(name).toHaveValue(` ${taken.toUpperCase()} `)

  const free = unique('Lighthouse')
  await name.fill(free)
  await name.press('Enter')
  await ann.isInRoom(free)
})

test('[G1] the filter finds names and topics, and says when nothing matches', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const [harbour, garden] = [unique('Harbour'), unique('Garden')]
  await ann.createsRoom(harbour, 'Ships')
  await ann.goesToLobby()
  await ann.createsRoom(garden, 'Roses and Ünïcode')
  await ann.goesToLobby()
  const filter = ann.page.getByRole('searchbox', { name: 'Filter rooms' })
  await filter.fill(harbour.toLowerCase())
  await expect(ann.roomInLobby('Existing rooms', garden)).toBeHidden()
  await expect(ann.roomInLobby('Existing rooms', harbour)).toBeVisible()
  await filter.fill('ÜNÏCODE')
  await expect(ann.roomInLobby('Existing rooms', garden)).toBeVisible()
  await expect(ann.roomInLobby('Existing rooms', harbour)).toBeHidden()
  await filter.fill('no such room anywhere')
  await expect(ann.page.getByText('No room matches')).toBeVisible()
  await ann.page.getByRole('button', { name: 'Show all rooms' }).click()
  await expect(filter).toBeFocused()
  await expect(ann.roomInLobby('Existing rooms', harbour)).toBeVisible()
  await filter.fill('garden')
  await filter.press('Escape')
  await expect(filter).toHaveValue('')
})

test('[G1] rooms keep their places while a pointer is over the list', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('Ben'))
  const [first, second, third] = [unique('First'), unique('Second'), unique('Third')]
  for (const name of [first, second]) {
    await ann.createsRoom(name)
    await ann.goesToLobby()
  }
  const list = ben.page.getByRole('region', { name: 'Existing rooms' })
  await ben.roomInLobby('Existing rooms', first).hover()
  const before = await list.getByRole('link').allInnerTexts()
  await ann.createsRoom(third)
  await expect(ben.roomInLobby('Existing rooms', third)).toBeVisible()
  const after = await list.getByRole('link').allInnerTexts()
  expect(after.slice(0, before.length).map(nameOf)).toEqual(before.map(nameOf))
  await ben.page.getByRole('heading', { name: 'Lobby', level: 1 }).hover()
  await expect(list.getByRole('link').first()).toHaveAccessibleName(startingWith(third))
})

test('[G1] naughty names and topics are text', async ({ arrives, unique }) => {
  const ann = await arrives(unique('Ann'))
  const ben = await arrives(unique('<b>Ben</b>'))
  const name = unique('<img src=x onerror=alert(1)> שלום')
  await ann.createsRoom(name, '<script>alert(2)</script>')
  await expect(ben.roomInLobby('Active rooms', name)).toContainText('<script>alert(2)</script>')
  await expect(ben.sidebar.getByText(ben.name, { exact: true })).toBeVisible()
  await ben.entersRoom(name)
})

test.describe(() => {
  test.use({ ownLimits: 'posts=1000/s' })

  test('[G1] hundreds of rooms: the rest is fetched page by page, and found by the filter', async ({
    browser,
    ownServer,
  }) => {
    const ann = await person(browser, ownServer, 'Ann')
    // Or the start would lead to a room that is made meanwhile.
    await expect(ann.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
    await ann.page.evaluate(makeRooms, 230)
    await ann.page.reload()
    const list = ann.page.getByRole('region', { name: 'Existing rooms' })
    await expect(list.getByRole('link').first()).toBeVisible()
    expect(await list.getByRole('link').count()).toBeLessThanOrEqual(150)
    for (let shown = 0; shown < 230; ) {
      // The end of the region, whatever stands there: the button for more is gone as soon as more is being fetched.
      await list.evaluate((region) => region.scrollIntoView({ block: 'end' }))
      const before = shown
      await expect.poll(async () => (shown = await list.getByRole('link').count())).toBeGreaterThan(before)
    }
    await expect(list.getByRole('link')).toHaveCount(230)
    await ann.page.getByRole('searchbox', { name: 'Filter rooms' }).fill('room 0001')
    await expect(list.getByRole('link')).toHaveCount(1)
    await ann.leaves()
  })
})

const nameOf = (text: string): string => text.split('\n')[0] ?? ''

/** Runs in the page: as many rooms as asked, over the same commands that bots use. */
async function makeRooms(count: number): Promise<void> {
  for (let made = 0; made < count; made += 1) {
    const response = await fetch('/api/commands/create-room', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: `Room ${String(made).padStart(4, '0')}` }),
    })
    if (!response.ok) throw new Error(await response.text())
  }
}
