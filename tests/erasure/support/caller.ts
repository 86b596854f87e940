import { newId } from '@parley/protocol'

/** Somebody who asks over HTTP, as a script would. What they were answered last is kept for whoever searches it. */
export class Caller {
  readonly #url: () => string
  readonly #headers: Readonly<Record<string, string>>
  token = ''
  userId = ''

  constructor(url: () => string, headers: Readonly<Record<string, string>> = {}) {
    this.#url = url
    this.#headers = headers
  }

  async enters(name: string): Promise<this> {
    return this.#signedIn('enter', { name, secret: crypto.randomUUID() })
  }

  async registers(account: { handle: string; name: string; password: string; email: string }): Promise<this> {
    return this.#signedIn('register', account)
  }

  async #signedIn(name: string, input: object): Promise<this> {
    const { token, user } = await this.does(name, input)
    this.token = token ?? ''
    this.userId = user?.id ?? ''
    return this
  }

  async does(name: string, input: object): Promise<Answer> {
    const { status, text } = await this.tries(`commands/${name}`, input)
    if (status !== 200) throw new Error(`${name} was answered ${status}: ${text}`)
    return JSON.parse(text)
  }

  /** The answer as text, whatever it is. */
  async tries(path: string, input: object): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${this.#url()}/api/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'idempotency-key': newId<string>(),
        ...(this.token !== '' && { authorization: `Bearer ${this.token}` }),
        ...this.#headers,
      },
      body: JSON.stringify(input),
    })
    return { status: answer.status, text: await answer.text() }
  }
}

interface Answer {
  readonly token?: string
  readonly user?: { readonly id: string }
  readonly roomId?: string
  readonly messageId?: string
}
