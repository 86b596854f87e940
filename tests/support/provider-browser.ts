/** What a browser does on its way over a provider: keeps cookies for each server, follows redirects, presses a button. */
export class ProviderBrowser {
  readonly #cookies = new Map<string, Map<string, string>>()

  /** `Name=value` pairs that it would send there. */
  cookies(origin: string): string {
    return [...(this.#cookies.get(origin) ?? [])].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  setCookie(origin: string, name: string, value: string): void {
    this.#jar(origin).set(name, value)
  }

  /** Forgets whom every server but this one takes it for, so that they ask again. */
  forgetAllBut(origin: string): void {
    for (const other of this.#cookies.keys()) if (other !== origin) this.#cookies.delete(other)
  }

  /** One request, no redirect followed. */
  async asks(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url)
    const headers = new Headers(init.headers)
    const cookies = this.cookies(origin)
    if (cookies !== '') headers.set('cookie', cookies)
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) this.#keep(origin, line)
    return response
  }

  /** Follows redirects from there until one leads to `stopAt`, which is not asked, or a page is shown; says where it is. */
  async goes(url: string | URL, { stopAt = () => false }: { stopAt?: (url: URL) => boolean } = {}): Promise<URL> {
    let at = new URL(url)
    for (let steps = 0; steps < 20; steps++) {
      if (stopAt(at)) return at
      const response = await this.asks(at)
      const location = response.headers.get('location')
      if (location === null) {
        await response.body?.cancel()
        return at
      }
      at = new URL(location, at)
    }
    throw new Error(`It goes round and round, lastly at ${at.href}`)
  }

  /** Presses the button of somebody at the page of the provider; an empty name presses "Cancel". */
  async signsInAs(person: string, page: URL): Promise<URL> {
    const response = await this.asks(page, {
      method: 'POST',
      body: new URLSearchParams({ person }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    const location = response.headers.get('location')
    if (location === null) throw new Error(`The provider answered ${response.status}: ${await response.text()}`)
    return new URL(location, page)
  }

  #jar(origin: string): Map<string, string> {
    const jar = this.#cookies.get(origin) ?? new Map<string, string>()
    this.#cookies.set(origin, jar)
    return jar
  }

  #keep(origin: string, line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
    const [name = '', value = ''] = [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]
    const isOver = attributes.some((text) => /^max-age=0$/i.test(text) || /^expires=thu, 01 jan 1970/i.test(text))
    if (isOver || value === '') this.#jar(origin).delete(name)
    else this.#jar(origin).set(name, value)
  }
}
