import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  expect,
  type Locator,
  type Page,
} from '@playwright/test'

/** A person at a browser of their own. Finds things as people do: by role and name. */
export async function person(
  browser: Browser,
  server: { readonly url: string },
  name: string,
  options: BrowserContextOptions = {},
): Promise<PersonAtBrowser> {
  const someone = await visitor(browser, server, options)
  await someone.enters(name)
  return someone
}

/** Somebody who has opened the page (at `/` unless told) and not typed a name yet. */
export async function visitor(
  browser: Browser,
  server: { readonly url: string },
  options: BrowserContextOptions = {},
  path = '/',
): Promise<PersonAtBrowser> {
  const context = await browser.newContext({ baseURL: server.url, ...options })
  const page = await context.newPage()
  const someone = new PersonAtBrowser(context, page)
  await page.goto(path)
  return someone
}

export type MenuEntry =
  | 'Profile'
  | 'Account'
  | 'Devices'
  | 'Administration'
  | 'Settings'
  | 'Keyboard shortcuts'
  | 'Sign out'

export class PersonAtBrowser {
  readonly context: BrowserContext
  readonly page: Page
  /** What broke in the page; empty, or the journey fails where it looks. */
  readonly faults: string[] = []
  #name = ''

  constructor(context: BrowserContext, page: Page) {
    this.context = context
    this.page = page
    page.on('pageerror', (error) => this.faults.push(error.stack ?? error.message))
    page.on('console', (message) => {
      if (/Content Security Policy|TrustedHTML|TrustedScript/.test(message.text())) this.faults.push(message.text())
    })
  }

  get name(): string {
    return this.#name
  }

  /** Types a name and is in. */
  async enters(name: string): Promise<void> {
    this.#name = name
    const field = this.page.getByRole('textbox', { name: 'Your name' })
    // A busy machine's browser may drop what is typed while its window is only just coming up: people look, and type again.
    await expect(async () => {
      await field.fill(name)
      await expect(field).toHaveValue(name, { timeout: 1_000 })
    }).toPass()
    await this.page.getByRole('button', { name: 'Enter', exact: true }).click()
    await expect(field).toBeHidden()
  }

  /** Another tab of the same browser. */
  async opensTab(path = '/'): Promise<PersonAtBrowser> {
    const tab = new PersonAtBrowser(this.context, await this.context.newPage())
    tab.#name = this.#name
    await tab.page.goto(path)
    return tab
  }

  // The lobby.

  async goesToLobby(): Promise<void> {
    await this.showsSidebar()
    await this.sidebar.getByRole('link', { name: 'Lobby' }).click()
    await expect(this.page.getByRole('heading', { name: 'Lobby', level: 1 })).toBeVisible()
  }

  /** From the lobby; ends in the room. Answers its address. */
  async createsRoom(name: string, topic = ''): Promise<string> {
    await this.page.getByRole('button', { name: 'New room' }).click()
    const dialog = this.page.getByRole('dialog', { name: 'New room' })
    await dialog.getByRole('textbox', { name: 'Room name' }).fill(name)
    if (topic) await dialog.getByRole('textbox', { name: 'Topic' }).fill(topic)
    await dialog.getByRole('button', { name: 'Create' }).click()
    await this.isInRoom(name)
    return new URL(this.page.url()).pathname
  }

  /** From the lobby. */
  async entersRoom(name: string): Promise<void> {
    await this.roomInLobby('Existing rooms', name).click()
    await this.isInRoom(name)
  }

  roomInLobby(list: 'Active rooms' | 'Existing rooms', name: string): Locator {
    return this.page.getByRole('region', { name: list }).getByRole('link', { name: startingWith(name) })
  }

  // Anywhere.

  get sidebar(): Locator {
    return this.page.getByRole('navigation', { name: 'Rooms' })
  }

  roomInSidebar(name: string): Locator {
    return this.sidebar.getByRole('link', { name: startingWith(name) })
  }

  /** On a phone the sidebar is a layer of its own. */
  async showsSidebar(): Promise<void> {
    const opener = this.page.getByRole('button', { name: /^Show rooms/, expanded: false })
    if (await opener.isVisible()) await opener.click()
  }

  /** An entry of the own menu at the foot of the sidebar. */
  async chooses(entry: MenuEntry): Promise<void> {
    await this.showsSidebar()
    await this.sidebar.getByRole('button', { name: /my menu$/ }).click()
    await this.page.getByRole('menuitem', { name: entry }).click()
  }

  /** As a guest, who is asked first. */
  async signsOut(): Promise<void> {
    await this.chooses('Sign out')
    await this.page
      .getByRole('dialog', { name: /lose your name/ })
      .getByRole('button', { name: /^Sign out/ })
      .click()
    await expect(this.page.getByRole('textbox', { name: 'Your name' })).toBeVisible()
  }

  get notifications(): Locator {
    return this.page.getByRole('region', { name: 'Notifications' })
  }

  // A room.

  async isInRoom(name: string): Promise<void> {
    await expect(this.page.getByRole('main').getByRole('heading', { name, exact: true })).toBeVisible()
    await expect(this.page).toHaveURL(/\/rooms\//)
  }

  get messages(): Locator {
    return this.page.getByRole('log', { name: 'Messages' })
  }

  get composer(): Locator {
    return this.page.getByRole('textbox', { name: 'Message', exact: true })
  }

  async says(text: string): Promise<void> {
    await this.composer.fill(text)
    await this.composer.press('Enter')
    await this.sees(text)
  }

  async sees(text: string | RegExp): Promise<void> {
    await expect(this.messages.getByText(text).first()).toBeVisible()
  }

  async leaves(): Promise<void> {
    await this.context.close()
  }
}

export function startingWith(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?=\\s|,|$)`)
}
