import type { RoomId } from '@parley/protocol'
import { roomStream } from '@parley/protocol'
import type { History } from '../../apps/cli/src/check/history.ts'
import { Person } from '../support/person.ts'
import type { SeededRandom } from '../support/seeded-random.ts'

export interface LoadOptions {
  readonly url: string
  readonly history: History
  readonly random: SeededRandom
  readonly people: number
  readonly rooms: number
  /** Between two acts of a person, on average. */
  readonly gapMs: number
  readonly label?: string
}

/** People who write, edit, delete, react and walk between rooms, by chance and without a rest, until they are told to stop. */
export class Load {
  readonly people: readonly Person[]
  readonly roomIds: readonly RoomId[]
  readonly #options: LoadOptions
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()
  #isOn = false
  #count = 0

  static async gathers(options: LoadOptions): Promise<Load> {
    const { url, history, random } = options
    const label = options.label ?? ''
    const names = Array.from({ length: options.people }, (_, index) => `load ${label}${index + 1}`)
    const people = await Promise.all(names.map((name) => Person.arrives({ url, name, history })))
    const roomIds: RoomId[] = []
    for (let index = 0; index < options.rooms; index++) {
      roomIds.push(await random.pick(people).createsRoom(`Load ${label}${index + 1}`))
    }
    for (const person of people) {
      for (const roomId of random.shuffled(roomIds)) await person.opensRoom(roomId)
    }
    return new Load(options, people, roomIds)
  }

  private constructor(options: LoadOptions, people: readonly Person[], roomIds: readonly RoomId[]) {
    this.#options = options
    this.people = people
    this.roomIds = roomIds
  }

  get posts(): number {
    return this.#count
  }

  start(): void {
    this.#isOn = true
    for (const person of this.people) this.#again(person)
    this.#readAgain()
  }

  stop(): void {
    this.#isOn = false
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  leave(): void {
    this.stop()
    for (const person of this.people) person.goesOffline()
  }

  #again(person: Person): void {
    const { random, gapMs } = this.#options
    this.#later(random.next() * 2 * gapMs, () => {
      // While the server is away people go on for a while; nobody types for ever into the void.
      if (person.client.outbox.value.queued < MOST_WAITING) this.#act(person)
      this.#again(person)
    })
  }

  #act(person: Person): void {
    const { random } = this.#options
    const dice = random.next()
    if (dice < 0.02)
      void person.opensRoom(random.pick(this.roomIds)).catch(() => undefined) // Perhaps the server is away.
    else if (dice < 0.8 || !this.#change(person, random)) this.#write(person)
  }

  #write(person: Person): void {
    this.#count += 1
    const words = 1 + Math.floor(this.#options.random.next() * 20)
    person.writes(`${person.label} ${this.#count} ${'word '.repeat(words).trim()}`)
  }

  /** False when there is nothing to change. */
  #change(person: Person, random: SeededRandom): boolean {
    const rows = person.view?.rows.filter((row) => row.status === 'posted' && !row.isDeleted) ?? []
    const row = rows[Math.floor(random.next() * rows.length)]
    if (!row?.messageId) return false
    const room = person.client.room(person.roomId)
    const dice = random.next()
    if (dice < 0.5) room.addReaction(row.messageId, random.pick(EMOJIS))
    else if (dice < 0.6) room.removeReaction(row.messageId, random.pick(EMOJIS))
    else if (!row.isMine) return false
    else if (dice < 0.9) room.editMessage(row.messageId, `${row.body.slice(0, 200)} (edited ${this.#count})`)
    else room.deleteMessage(row.messageId)
    return true
  }

  /** Somebody reads over HTTP now and then, to see whether what was acknowledged is there. (I12) */
  #readAgain(): void {
    const { random, url, history } = this.#options
    this.#later(100, async () => {
      const person = random.pick(this.people)
      const roomId = random.pick(this.roomIds)
      const at = history.now()
      try {
        const response = await fetch(`${url}/api/queries/list-messages`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${person.token}` },
          body: JSON.stringify({ roomId, limit: 1 }),
        })
        const page: unknown = await response.json()
        if (response.ok && typeof page === 'object' && page !== null && 'seq' in page) {
          const who = { client: person.label, user: person.user.id }
          history.add({ kind: 'read', at, ...who, stream: roomStream(roomId), seq: Number(page.seq) })
        }
      } catch {
        // The server is away: that is what this load is for.
      }
      this.#readAgain()
    })
  }

  #later(ms: number, act: () => void): void {
    if (!this.#isOn) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, ms)
    this.#timers.add(timer)
  }
}

const MOST_WAITING = 40
const EMOJIS = ['👍', '❤️', '🎉', '😄', '🚀']
