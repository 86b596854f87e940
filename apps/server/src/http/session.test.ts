import { expect, test } from 'bun:test'
import { SESSION_EXTENDED_EVERY_MS, SESSION_LIFETIME_MS } from '../accounts/session-tokens.ts'
import { systemClock } from '../clock.ts'
import { startTestServer } from '../testing/test-server.contract.ts'

test('[H5] somebody who comes back again and again stays signed in, and so does the cookie', async () => {
  // Only the time of day matters here: weeks of heartbeats would take long to go through.
  let now = Date.UTC(2026, 0, 1)
  const server = await startTestServer({ clock: { ...systemClock, now: () => now } })
  try {
    const entered = await fetch(`${server.url}/api/commands/enter`, {
      method: 'POST',
      headers: { origin: server.url },
      body: JSON.stringify({ name: 'Ann', secret: 'a secret of the client' }),
    })
    let cookie = cookieOf(entered)
    expect(cookie.maxAge).toBe(SESSION_LIFETIME_MS / 1_000)
    for (let visit = 0; visit < 4; visit++) {
      now += SESSION_LIFETIME_MS / 2
      const seen = await fetch(`${server.url}/api/session`, { headers: { cookie: cookie.pair } })
      expect(seen.status).toBe(200)
      cookie = await extended(cookie.pair)
    }
    now += SESSION_LIFETIME_MS
    const late = await fetch(`${server.url}/api/session`, { headers: { cookie: cookie.pair } })
    expect(await late.json()).toEqual({ user: null })
    expect(late.headers.get('set-cookie')).toBeNull()
  } finally {
    await server.stop()
  }

  /** The session is extended behind the answer; a later page load takes the cookie along. */
  async function extended(pair: string) {
    for (;;) {
      const cookie = cookieOf(await fetch(`${server.url}/api/session`, { headers: { cookie: pair } }))
      if (cookie.maxAge > (SESSION_LIFETIME_MS - SESSION_EXTENDED_EVERY_MS) / 1_000) return cookie
    }
  }
})

function cookieOf(response: Response): { pair: string; maxAge: number } {
  const [pair = '', maxAge = ''] = response.headers.get('set-cookie')?.split('; ') ?? []
  return { pair, maxAge: Number(maxAge.replace('Max-Age=', '')) }
}
