import config from '../playwright.config.ts'
import { expect, test } from '../support/ui/journey.ts'
import { person } from '../support/ui/people.ts'

// Any address but the loopback's own is no secure context; this browser is told that the name leads here all the same.
const launchOptions = config.use?.launchOptions ?? {}
const args = [...(launchOptions.args ?? []), '--host-resolver-rules=MAP parley.lan 127.0.0.1']
test.use({ launchOptions: { ...launchOptions, args } })

test('[I1] on plain HTTP in a network everything works: in, a room, talk, copy, reload', async ({
  browser,
  server,
  unique,
}) => {
  const lan = { url: server.url.replace('127.0.0.1', 'parley.lan') }
  const ann = await person(browser, lan, unique('Ann'))
  expect(await ann.page.evaluate(() => isSecureContext)).toBe(false)
  const room = unique('Harbour')
  await ann.createsRoom(room)
  const ben = await person(browser, lan, unique('Ben'))
  await ben.entersRoom(room)
  await ann.says('Ahoy from the quay')
  await ben.sees('Ahoy from the quay')
  await ben.page.reload()
  await ben.isInRoom(room)
  await ben.sees('Ahoy from the quay')
  expect([...ann.faults, ...ben.faults]).toEqual([])
  await ann.leaves()
  await ben.leaves()
})
