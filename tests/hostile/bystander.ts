import { newId, type RoomId } from '@parley/protocol'
import { RawSocket } from '../../apps/server/src/testing/raw-socket.contract.ts'
import { enterAsGuest } from '../support/person.ts'

/** Somebody who minds their own business while others misbehave: asks the same again and again and must get the same. */
export class Bystander {
  readonly #line: RawSocket
  readonly #roomId: RoomId
  readonly #latencies: number[] = []
  readonly #arrivedAt = performance.now()
  #first: string | undefined
  #isOn = true
  #done: Promise<void> | undefined

  static async arrives({ url, port }: { url: string; port: number }, name: string): Promise<Bystander> {
    const { token } = await enterAsGuest(url, name)
    const made = await fetch(`${url}/api/commands/create-room`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ name: `Quiet room of ${name}` }),
    })
    const { roomId } = (await made.json()) as { roomId: RoomId } // as: the output of `create-room`
    const line = new RawSocket(port)
    await line.upgrade({ Authorization: `Bearer ${token}` })
    line.text({ type: 'hello', protocol: 1 })
    await line.seesText('"welcome"')
    const bystander = new Bystander(line, roomId)
    bystander.#done = bystander.#asksOn()
    return bystander
  }

  private constructor(line: RawSocket, roomId: RoomId) {
    this.#line = line
    this.#roomId = roomId
  }

  /**
   * Stops asking; throws if an answer was missing or another. Times in ms, from asking to the answer;
   * `stayedS` is how long it was there, in seconds: a quicker machine is done sooner, and hears fewer answers.
   */
  async leaves(): Promise<{ asked: number; stayedS: number; p50: number; p99: number; most: number }> {
    this.#isOn = false
    await this.#done
    const stayedS = (performance.now() - this.#arrivedAt) / 1000
    this.#line.destroy()
    const sorted = this.#latencies.toSorted((a, b) => a - b)
    const at = (share: number) => Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 10) / 10
    return { asked: sorted.length, stayedS, p50: at(0.5), p99: at(0.99), most: at(1) }
  }

  async #asksOn(): Promise<void> {
    while (this.#isOn) {
      const id = newId()
      const askedAt = performance.now()
      this.#line.text({ type: 'query', id, name: 'get-room', input: { roomId: this.#roomId } })
      await this.#line.seesText(`"id":"${id}"`)
      this.#latencies.push(performance.now() - askedAt)
      this.#compare(id)
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS))
    }
  }

  #compare(id: string): void {
    const answer = this.#line.texts.find((text) => text.includes(id))?.replace(id, '')
    this.#line.texts.length = 0
    // Whatever it hears between, it is alive.
    this.#line.text({ type: 'pong' })
    this.#first ??= answer
    if (answer !== this.#first) throw new Error(`The bystander was answered ${answer} instead of ${this.#first}.`)
  }
}

const ASK_EVERY_MS = 40
