import { type CommandId, type RoomId, roomStream } from '@parley/protocol'
import type { ChatServer } from './chat-server.ts'
import type { History } from './history.ts'
import type { Pace } from './pace.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Visitor } from './visitor.ts'
import { pause } from './wait-for.ts'

export interface CrowdOptions {
  readonly server: ChatServer
  readonly history: History
  readonly random: SeededRandom
  readonly pace: Pace
  readonly visitors: readonly Visitor[]
  /** Belongs to nobody's room: what is told to them is told to a stranger. */
  readonly stranger: Visitor
  readonly rooms: readonly { readonly id: RoomId; readonly owner: Visitor }[]
}

const EMOJIS = ['👍', '❤️', '🎉', '😄', '🚀']
const MOST_WAITING = 40
const CUT_EVERY_MS = 6_000
const READ_EVERY_MS = 150
const WALK_WITHIN_MS = 15_000
const STOP_WITHIN_MS = 15_000

/**
 * The load: people who write, change, react, walk about, leave, are removed and come back, lose their lines, and repeat what
 * they said over other connections, by chance and at a bounded rate, until they are told to stop.
 */
export class Crowd {
  readonly #options: CrowdOptions
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #overheard: string[] = []
  #isOn = false
  #count = 0

  constructor(options: CrowdOptions) {
    this.#options = options
  }

  /** What was told to somebody who asked for what is none of theirs. */
  get overheard(): readonly string[] {
    return this.#overheard
  }

  start(): void {
    this.#isOn = true
    for (const visitor of this.#options.visitors) {
      this.#actsAgain(visitor)
      this.#losesLineAgain(visitor)
    }
    this.#readsAgain()
    this.#strangerAsksAgain()
  }

  /** Resolves when what was under way is over; what waits for a server that is away is not waited for. */
  async stop(): Promise<void> {
    this.#isOn = false
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
    const patience = new AbortController()
    await Promise.race([Promise.all(this.#underWay), pause(STOP_WITHIN_MS, patience.signal)])
    patience.abort()
  }

  #actsAgain(visitor: Visitor): void {
    const { random, pace, visitors } = this.#options
    const gapMs = (1_000 * visitors.length) / pace.perSecond
    this.#later(random.next() * 2 * gapMs, () => {
      // While the server is away people go on for a while; nobody types for ever into the void.
      if (visitor.client.outbox.value.queued < MOST_WAITING && !visitor.isWalking) this.#acts(visitor)
      this.#actsAgain(visitor)
    })
  }

  #acts(visitor: Visitor): void {
    const { random, rooms } = this.#options
    if (!visitor.isInRoom && visitor.client.connection.value.phase === 'live') {
      this.#walks(visitor, random.pick(rooms).id)
      return
    }
    const dice = random.next()
    if (dice < 0.03) this.#walks(visitor, random.pick(rooms).id)
    else if (dice < 0.06) this.#leavesAndReturns(visitor)
    else if (dice < 0.08) this.#removes(visitor)
    else if (dice < 0.75 || !this.#changes(visitor)) this.#writes(visitor)
  }

  #writes(visitor: Visitor): void {
    const { random } = this.#options
    this.#count += 1
    const roomId = visitor.roomId
    const body = `${visitor.label} says ${this.#count}${' and more'.repeat(random.between(0, 12))}`
    const commandId = visitor.writes(body)
    if (roomId && commandId && random.chance(0.25)) {
      this.#later(random.next() * 400, () => this.#begins(this.#repeats(visitor, { roomId, commandId, body })))
    }
  }

  /**
   * The same command once more, over other connections. What waits behind another message must not overtake it, and what was
   * refused would be judged anew: so only what was acknowledged, or is the very next.
   */
  async #repeats(visitor: Visitor, post: { roomId: RoomId; commandId: CommandId; body: string }): Promise<void> {
    const { server, history, random } = this.#options
    const { roomId, commandId, body } = post
    const { entries, notSent } = visitor.client.outbox.value
    const waiting = entries.filter((entry) => entry.roomId === roomId)
    const isWaiting = waiting.some((entry) => entry.id === commandId)
    if (notSent.some((entry) => entry.id === commandId) || (isWaiting && waiting[0]?.id !== commandId)) return
    const who = { client: visitor.label, user: visitor.made.user.id }
    const again = async () => {
      history.invoked(who, { id: commandId, name: 'post-message', input: { roomId, body } })
      const answer = await server.command(
        'post-message',
        { roomId, body },
        { token: visitor.made.token, id: commandId },
      )
      if (answer.kind === 'reply') history.answered(who, commandId, { output: answer.output })
    }
    await Promise.all(Array.from({ length: random.between(1, 3) }, again))
  }

  /** False when there is nothing to change. */
  #changes(visitor: Visitor): boolean {
    const { random } = this.#options
    const rows = visitor.view?.rows.filter((row) => row.status === 'posted' && !row.isDeleted) ?? []
    const row = rows[Math.floor(random.next() * rows.length)]
    if (!row?.messageId || row.pendingChange || !visitor.roomId) return false
    const room = visitor.client.room(visitor.roomId)
    const dice = random.next()
    const mine = row.reactions.find((reaction) => reaction.isMine)
    if (dice < 0.5 && mine) room.removeReaction(row.messageId, mine.emoji)
    else if (dice < 0.5) room.addReaction(row.messageId, random.pick(EMOJIS))
    else if (!row.isMine) return false
    else if (dice < 0.85) room.editMessage(row.messageId, `${row.body.slice(0, 200)} (edited ${++this.#count})`)
    else room.deleteMessage(row.messageId)
    return true
  }

  #walks(visitor: Visitor, roomId: RoomId): void {
    this.#walk(visitor, () => visitor.opens(roomId, WALK_WITHIN_MS))
  }

  #leavesAndReturns(visitor: Visitor): void {
    const { random, rooms } = this.#options
    this.#walk(visitor, async () => {
      await visitor.leaves()
      await pause(random.next() * 500)
      return visitor.opens(random.pick(rooms).id, WALK_WITHIN_MS)
    })
  }

  /** Somebody who owns a room sends somebody out, who comes back as soon as they notice. */
  #removes(visitor: Visitor): void {
    const { random, rooms, visitors } = this.#options
    const own = rooms.filter((room) => room.owner === visitor)
    const others = visitors.filter((other) => other !== visitor && !other.isWalking)
    if (own.length === 0 || others.length === 0) return
    const userId = random.pick(others).made.user.id
    this.#begins(visitor.client.removeMember(random.pick(own).id, userId))
  }

  #walk(visitor: Visitor, way: () => Promise<unknown>): void {
    visitor.isWalking = true
    this.#begins(
      way().finally(() => {
        visitor.isWalking = false
      }),
    )
  }

  #losesLineAgain(visitor: Visitor): void {
    this.#later(this.#options.random.next() * 2 * CUT_EVERY_MS, () => {
      visitor.line.cut()
      this.#losesLineAgain(visitor)
    })
  }

  /** Whether what was acknowledged is there for whoever reads, at whichever instance. (I12) */
  #readsAgain(): void {
    const { random, visitors, rooms } = this.#options
    this.#later(READ_EVERY_MS, () => {
      this.#begins(this.#reads(random.pick(visitors), random.pick(rooms).id))
      this.#readsAgain()
    })
  }

  async #reads({ label, made }: Visitor, roomId: RoomId): Promise<void> {
    const { server, history } = this.#options
    const at = history.now()
    const answer = await server.query('list-messages', { roomId, limit: 1 }, made.token)
    if (answer.kind !== 'reply') return
    history.add({
      kind: 'read',
      at,
      client: label,
      user: made.user.id,
      stream: roomStream(roomId),
      seq: answer.output.seq,
    })
  }

  #strangerAsksAgain(): void {
    const { random, rooms } = this.#options
    this.#later(1_000, () => {
      this.#begins(this.#strangerAsks(random.pick(rooms).id))
      this.#strangerAsksAgain()
    })
  }

  async #strangerAsks(roomId: RoomId): Promise<void> {
    const { server, stranger } = this.#options
    const answer = await server.query('list-messages', { roomId, limit: 1 }, stranger.made.token)
    if (answer.kind === 'reply') {
      this.#overheard.push(`${stranger.label} was given messages of ${roomStream(roomId)} without ever having entered`)
    }
  }

  #begins(work: Promise<unknown>): void {
    // Refusals are in the history, and a server that is away is what lines are cut for.
    const quiet = work.catch(() => undefined).finally(() => this.#underWay.delete(quiet))
    this.#underWay.add(quiet)
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
