/** A message of somebody else that came while the room was open. */
export interface Heard {
  readonly author: string
  readonly body: string
}

const MOST_SPOKEN = 200

/** What the live region says about messages that came together; `unseen` are those whose text is not loaded. */
export function newsWords(heard: readonly Heard[], unseen = 0): string {
  const count = heard.length + unseen
  const only = heard[0]
  if (count === 0) return ''
  if (count > 1 || !only) return count === 1 ? '1 new message' : `${count} new messages`
  const body = only.body.length > MOST_SPOKEN ? `${only.body.slice(0, MOST_SPOKEN)}…` : only.body
  return `${only.author}: ${body}`
}

/** Says the first message at once, and what comes within the pause after it together. */
export class NewsReader {
  readonly #say: (words: string) => void
  readonly #pauseMs: number
  #heard: Heard[] = []
  #unseen = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(say: (words: string) => void, pauseMs = 2_500) {
    this.#say = say
    this.#pauseMs = pauseMs
  }

  add(heard: readonly Heard[], unseen = 0): void {
    this.#heard.push(...heard)
    this.#unseen += unseen
    if (this.#timer === undefined) this.#speak()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#heard = []
    this.#unseen = 0
  }

  #speak(): void {
    const words = newsWords(this.#heard, this.#unseen)
    this.#heard = []
    this.#unseen = 0
    this.#timer = undefined
    if (words === '') return
    this.#say(words)
    this.#timer = setTimeout(() => this.#speak(), this.#pauseMs)
  }
}
