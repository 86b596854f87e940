import { newId } from '@parley/protocol'
import { type Browser, type BrowserContextOptions, expect } from '@playwright/test'
import { type PersonAtBrowser, visitor } from './people.ts'

export const PASSWORD = 'four boats at dawn'

/** Somebody on the first page creates an account. Ends in the lobby. */
export async function registers(someone: PersonAtBrowser, name: string, password = PASSWORD): Promise<string> {
  const { page } = someone
  await page.getByRole('link', { name: 'Create account' }).click()
  await page.getByRole('textbox', { name: 'Your name' }).fill(name)
  const handle = await page.getByRole('textbox', { name: 'Handle' }).inputValue()
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  return handle
}

/** From anywhere outside. */
export async function signsIn(someone: PersonAtBrowser, handle: string, password = PASSWORD): Promise<void> {
  const { page } = someone
  await page.goto('/sign-in')
  await page.getByRole('textbox', { name: 'Handle' }).fill(handle)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByRole('button', { name: /my menu$/ })).toBeAttached()
}

/** The address of the one-time link that the first start printed, as a path of the server. */
export function setUpPath(server: { readonly output: string }): string {
  const [path] = /\/set-up#[\w-]+/.exec(server.output) ?? []
  if (path === undefined) throw new Error(`No set-up link was printed:\n${server.output}`)
  return path
}

/** Somebody opens the set-up link and owns the server. Ends at the settings of the server. */
export async function owner(
  browser: Browser,
  server: { readonly url: string; readonly output: string },
  options: BrowserContextOptions = {},
): Promise<PersonAtBrowser> {
  const someone = await visitor(browser, server, options, setUpPath(server))
  const { page } = someone
  await page.getByRole('textbox', { name: 'Your name' }).fill('Olga')
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect(page.getByRole('heading', { name: 'This server is yours' })).toBeVisible()
  return someone
}

/** A command as whoever is signed in at the page; answers its output. */
export async function commands(
  someone: PersonAtBrowser,
  name: string,
  input: object,
): Promise<Record<string, unknown>> {
  const response = await someone.page.request.post(`/api/commands/${name}`, {
    headers: { 'idempotency-key': newId(), origin: new URL(someone.page.url()).origin },
    data: input,
  })
  const output: unknown = await response.json()
  expect(response.ok(), `${name}: ${JSON.stringify(output)}`).toBe(true)
  return output as Record<string, unknown> // as: each command answers with an object
}
