import type { History } from '../../apps/cli/src/check/history.ts'
import { Person } from '../support/person.ts'

const POSTS = 3
/** From the end of one room to the beginning of the next. */
const GAP_MS = 150

/** Somebody who makes rooms and closes them again: after each the server copies its log into the database, twice. */
export class Closings {
  readonly #person: Person
  #isOn = true
  #going: Promise<void> = Promise.resolve()
  #wake: () => void = () => undefined

  static async begin(around: { url: string; history: History }): Promise<Closings> {
    return new Closings(await Person.arrives({ ...around, name: 'closer' }))
  }

  private constructor(person: Person) {
    this.#person = person
    this.#going = this.#go()
  }

  get person(): Person {
    return this.#person
  }

  /** Resolves when the last of them is answered. */
  stop(): Promise<void> {
    this.#isOn = false
    this.#wake()
    return this.#going
  }

  leave(): void {
    this.#isOn = false
    this.#wake()
    this.#person.goesOffline()
  }

  async #go(): Promise<void> {
    for (let count = 1; this.#isOn; count++) {
      await this.#makeAndClose(`Short-lived ${count}`).catch(() => undefined) // Perhaps the server is away.
      if (!this.#isOn) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, GAP_MS)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async #makeAndClose(name: string): Promise<void> {
    const { client } = this.#person
    const { roomId } = await client.createRoom({ name })
    for (let post = 0; post < POSTS; post++) client.room(roomId).postMessage({ body: `${name}, ${post}` })
    await this.#person.waitsFor('an empty outbox', () => client.outbox.value.queued === 0)
    await client.closeRoom(roomId)
  }
}
