import { afterAll, beforeAll, expect, test } from 'bun:test'
import { post, startTestServer, type TestServer } from '../testing/test-server.contract.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const SECRET = 'a secret of the client'
const PASSWORD = 'violet tram over water'

/** As the browser that holds this cookie; gives the one that it holds then. */
async function signsIn(command: string, input: object, cookie = ''): Promise<string> {
  const answer = await post(`${server.url}/api/commands/${command}`, input, { origin: server.url, cookie })
  expect(answer.status).toBe(200)
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

async function whoIs(cookie: string): Promise<string | undefined> {
  const answer = await fetch(`${server.url}/api/session`, { headers: { cookie } })
  return ((await answer.json()) as { user: { displayName: string } | null }).user?.displayName
}

test('[U3] whichever way somebody comes in, the session that the browser had before is over', async () => {
  const guest = await signsIn('enter', { name: 'Gus', secret: SECRET })
  const account = await signsIn('register', { handle: 'ann', name: 'Ann', password: PASSWORD }, guest)
  expect([await whoIs(guest), await whoIs(account)]).toEqual([undefined, 'Ann'])
  const other = await signsIn('enter', { name: 'Olga', secret: SECRET }, account)
  expect([await whoIs(account), await whoIs(other)]).toEqual([undefined, 'Olga'])
  const back = await signsIn('sign-in', { handle: 'ann', password: PASSWORD }, other)
  expect([await whoIs(other), await whoIs(back)]).toEqual([undefined, 'Ann'])
})

test('[U3] whoever is refused stays who they were', async () => {
  const guest = await signsIn('enter', { name: 'Rita', secret: SECRET })
  const answer = await post(
    `${server.url}/api/commands/enter`,
    { name: 'Ann', secret: SECRET },
    { origin: server.url, cookie: guest },
  )
  expect(answer.status).toBe(409)
  expect(await whoIs(guest)).toBe('Rita')
})
