import type { DayClient } from './day-client.ts'
import type { DayFindings } from './day-findings.ts'
import { composing, dayText, HABITS, oneOf, pause, ratesOf } from './day-model.ts'

const EMOJI = ['👍', '🎉', '❤️', '😂', '👀', '✅']
const TYPING_EVERY_MS = 3_000
/** How long one stays with somebody to whom one has written. */
const STAYS_MS = 30_000
const NOTICES_MS = 3_000

/** Has people do what they do, each kind at its rate, at times of its own that no answer delays. */
export class DayCrowd {
  readonly done: Record<string, number> = {}
  readonly #clients: readonly DayClient[]
  readonly #phones: readonly DayClient[]
  readonly #findings: DayFindings
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()
  #isOver = false

  constructor(clients: readonly DayClient[], findings: DayFindings) {
    this.#clients = clients
    this.#phones = clients.slice(0, Math.ceil(clients.length * HABITS.phones))
    this.#findings = findings
  }

  begin(): void {
    const rates = ratesOf(this.#clients.length)
    this.#repeat('compose', rates.compose, (dueAt) => this.#composes(dueAt))
    this.#repeat('react', rates.react, () => this.#one((client) => client.reacts(oneOf(EMOJI) ?? '👍')))
    this.#repeat('go to another room', rates.visit, () =>
      this.#one(
        (client) => void client.goTo(oneOf(client.rooms.filter((room) => room !== client.place)) ?? client.place),
      ),
    )
    this.#repeat('look at the lobby', rates.lobby, () => this.#one((client) => this.#looksAtLobby(client)))
    this.#repeat('read older messages', rates.older, () => this.#one((client) => client.asksOlder()))
    this.#repeat('drop', rates.drop, () => this.#drops())
  }

  /** Nothing new begins; what was begun goes on to its end. */
  end(): void {
    this.#isOver = true
    for (const timer of this.#timers) clearTimeout(timer)
  }

  #repeat(name: string, perSecond: number, act: (dueAt: number) => void): void {
    const next = (dueAt: number) => {
      const timer = setTimeout(
        () => {
          this.#timers.delete(timer)
          if (this.#isOver) return
          this.#findings.lateMs.push(now() - dueAt)
          this.done[name] = (this.done[name] ?? 0) + 1
          act(dueAt)
          next(dueAt + pause(perSecond))
        },
        Math.max(0, dueAt - now()),
      )
      this.#timers.add(timer)
    }
    next(now() + pause(perSecond))
  }

  /** Whoever is there and not just typing; nobody, when so many are away that forty draws find none. */
  #one(act: (client: DayClient) => void, from = this.#clients): void {
    for (let draw = 0; draw < 40; draw++) {
      const client = oneOf(from)
      if (!client?.isIdle || !client.room) continue
      act(client)
      client.looks()
      return
    }
  }

  #composes(dueAt: number): void {
    this.#one((client) => {
      if (Math.random() < composing.givenUp) return this.#types(client, dueAt, () => client.types(false))
      if (Math.random() >= composing.direct) return this.#types(client, dueAt, (at) => client.post(dayText(), at))
      const direct = oneOf(client.directs)
      if (!direct) return
      const before = client.place
      client.isComposing = true
      void client.goTo(direct.room).then(() => {
        this.#types(client, dueAt, (at) => {
          client.post(dayText(), at)
          this.#after(STAYS_MS, () => client.isIdle && client.place === direct.room && void client.goTo(before))
          if (Math.random() < HABITS.directAnswered)
            this.#after(NOTICES_MS, () => this.#answers(direct.peer, direct.room))
        })
      })
    })
  }

  #answers(client: DayClient, room: DayClient['place']): void {
    if (!client.isIdle) return
    const before = client.place
    client.isComposing = true
    client.looks()
    void client.goTo(room).then(() => {
      this.#types(client, now(), (at) => {
        client.post(dayText(), at)
        this.#after(STAYS_MS, () => client.isIdle && client.place === room && void client.goTo(before))
      })
    })
  }

  /** Says so every three seconds until it is typed. */
  #types(client: DayClient, dueAt: number, then: (at: number) => void): void {
    client.isComposing = true
    const doneAt = Math.max(dueAt, now() - TYPING_EVERY_MS) + HABITS.typingMs
    client.types(true)
    const again = setInterval(() => client.types(true), TYPING_EVERY_MS)
    setTimeout(
      () => {
        clearInterval(again)
        client.isComposing = false
        this.#findings.lateMs.push(now() - doneAt)
        then(Math.round(doneAt))
      },
      Math.max(0, doneAt - now()),
    )
  }

  #looksAtLobby(client: DayClient): void {
    const before = client.place
    void client.goTo('lobby')
    const comeBack = () => {
      if (client.place !== 'lobby') return
      if (client.isLive) void client.goTo(before)
      else setTimeout(comeBack, 1_000)
    }
    setTimeout(comeBack, HABITS.lobbyMs)
  }

  #drops(): void {
    this.#one((client) => client.drop(pause(1_000 / HABITS.awayMs)), this.#phones)
  }

  #after(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, ms)
    this.#timers.add(timer)
  }
}

const now = () => performance.timeOrigin + performance.now()
