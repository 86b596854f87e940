import { join } from 'node:path'
import type { RoomId } from '@parley/protocol'
import type { Acknowledged, Journey } from './crowd-client.ts'

export interface Gathering {
  readonly url: string
  readonly label: string
  readonly count: number
  readonly roomIds: readonly RoomId[]
}

export interface Findings {
  readonly problems: readonly string[]
  readonly acknowledged: readonly Acknowledged[]
}

export type Order =
  | ({ readonly say: 'gather' } & Gathering)
  | { readonly say: 'write'; readonly everyMs: number; readonly writers: number }
  | { readonly say: 'hush' | 'forget journeys' | 'journeys' }
  | { readonly say: 'come back' | 'settle'; readonly withinMs: number }
  | { readonly say: 'reach'; readonly heads: Readonly<Record<string, number>>; readonly withinMs: number }
  | { readonly say: 'findings'; readonly heads: Readonly<Record<string, number>> }

export type Answer = { readonly n: number; readonly value: unknown } | { readonly n: number; readonly fault: string }

/** At most so many clients of a process: well below 20,000 open files. */
const MOST_PER_PROCESS = 5_000
const ANSWER_WITHIN_MS = 1_200_000

/** Thousands of clients in rooms, in processes of their own. */
export class Crowd {
  readonly #processes: readonly Lead[]

  /** Everybody has entered, sits in a room (those of one process in turn) and is current when the promise resolves. */
  static async gathers(around: { url: string; clients: number; roomIds: readonly RoomId[] }): Promise<Crowd> {
    const { url, clients, roomIds } = around
    const count = Math.max(1, Math.ceil(clients / MOST_PER_PROCESS))
    const crowd = new Crowd(Array.from({ length: count }, () => new Lead()))
    try {
      await crowd.#all((lead, index) => {
        const share = Math.floor(clients / count) + (index < clients % count ? 1 : 0)
        return lead.ask({ say: 'gather', url, label: `crowd ${index + 1}`, count: share, roomIds })
      })
    } catch (error) {
      crowd.leave()
      throw error
    }
    return crowd
  }

  private constructor(processes: readonly Lead[]) {
    this.#processes = processes
  }

  /** Somebody writes every so often from now on, all processes taken together. */
  async startWriting(everyMs: number, writers: number): Promise<void> {
    const count = this.#processes.length
    const say = { say: 'write', everyMs: everyMs * count, writers: Math.ceil(writers / count) } as const
    await this.#all((lead) => lead.ask(say))
  }

  async stopWriting(): Promise<void> {
    await this.#all((lead) => lead.ask({ say: 'hush' }))
  }

  async forgetJourneys(): Promise<void> {
    await this.#all((lead) => lead.ask({ say: 'forget journeys' }))
  }

  /** Until everybody was current at least once since journeys were forgotten. What each went through. */
  async comesBack(withinMs: number): Promise<Journey[]> {
    await this.#all((lead) => lead.ask({ say: 'come back', withinMs }))
    const journeys = await this.#all((lead) => lead.ask({ say: 'journeys' }))
    return journeys.flat() as Journey[] // as: what the process answers
  }

  /** Until nobody waits for an answer. */
  async settles(withinMs: number): Promise<void> {
    await this.#all((lead) => lead.ask({ say: 'settle', withinMs }))
  }

  /** Until everybody stands at the head of their room; then what was wrong on the way, and what was acknowledged. */
  async findings(heads: Readonly<Record<string, number>>, withinMs: number): Promise<Findings> {
    await this.#all((lead) => lead.ask({ say: 'reach', heads, withinMs }))
    const found = (await this.#all((lead) => lead.ask({ say: 'findings', heads }))) as Findings[] // as: what it answers
    return {
      problems: found.flatMap(({ problems }) => problems),
      acknowledged: found.flatMap(({ acknowledged }) => acknowledged),
    }
  }

  leave(): void {
    for (const lead of this.#processes) lead.end()
  }

  #all<T>(ask: (lead: Lead, index: number) => Promise<T>): Promise<T[]> {
    return Promise.all(this.#processes.map(ask))
  }
}

/** One process of clients. It ends with this one. */
class Lead {
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #child: ReturnType<typeof Bun.spawn>
  #n = 0

  constructor() {
    this.#child = Bun.spawn([process.execPath, join(import.meta.dirname, 'crowd-process.ts')], {
      ipc: (words: Answer) => this.#answered(words),
      stdio: ['ignore', 'inherit', 'inherit'],
      onExit: () => this.#gone(),
    })
  }

  ask(order: Order): Promise<unknown> {
    const n = this.#n++
    const waiting = Promise.withResolvers<unknown>()
    this.#waiting.set(n, waiting)
    this.#child.send({ n, order })
    const limit = setTimeout(() => waiting.reject(new Error(`"${order.say}" was not answered.`)), ANSWER_WITHIN_MS)
    return waiting.promise.finally(() => clearTimeout(limit))
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }

  #answered(words: Answer): void {
    const waiting = this.#waiting.get(words.n)
    this.#waiting.delete(words.n)
    if ('fault' in words) waiting?.reject(new Error(words.fault))
    else waiting?.resolve(words.value)
  }

  #gone(): void {
    for (const waiting of this.#waiting.values()) waiting.reject(new Error('A process of clients has ended.'))
    this.#waiting.clear()
  }
}
