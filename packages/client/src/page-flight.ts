import type { Message, MessageId, MessagePage, RoomEvent, UserId } from '@parley/protocol'
import { setOwnReaction } from './apply-event.ts'
import { forgetAhead, putMessage, type RoomState, range } from './room-state.ts'

type ReactionEvent = Extract<RoomEvent, { type: 'reaction-added' | 'reaction-removed' }>

/**
 * What happens while a page is on its way: the page was read at one moment and arrives at another, so the newest state
 * of every message that the log mentions meanwhile is kept and merged by version. (SPEC E6)
 */
export class PageFlight {
  readonly #newest = new Map<MessageId, Message>()
  readonly #ownReactions: ReactionEvent[] = []
  readonly #me: UserId

  constructor(me: UserId) {
    this.#me = me
  }

  note(events: readonly RoomEvent[]): void {
    for (const event of events) {
      if (!('messageId' in event)) continue
      const { message } = event
      const known = this.#newest.get(event.messageId)
      if (message && (!known || message.version > known.version)) this.#newest.set(event.messageId, message)
      const isReaction = event.type === 'reaction-added' || event.type === 'reaction-removed'
      if (isReaction && event.actorId === this.#me) this.#ownReactions.push(event)
    }
  }

  /** Joins the page to the loaded range where they touch, else the page replaces it. */
  merge(state: RoomState, page: MessagePage): RoomState {
    let next = forgetAhead(joined(state, page))
    next = { ...next, mine: this.#mergeMine(next, page) }
    const newer = [...this.#newest.values()].sort((a, b) => a.number - b.number)
    for (const message of newer) next = putMessage(next, message)
    return forgetAhead(next)
  }

  #mergeMine(state: RoomState, page: MessagePage): RoomState['mine'] {
    const mine = new Map(state.mine)
    for (const { id } of page.messages) {
      const emojis = page.mine[id]
      if (emojis && emojis.length > 0) mine.set(id, emojis)
      else mine.delete(id)
    }
    for (const event of this.#ownReactions) if (event.seq > page.seq) setOwnReaction(mine, event)
    return mine
  }
}

function joined(state: RoomState, page: MessagePage): RoomState {
  const lastNumber = Math.max(state.lastNumber, page.lastNumber)
  const incoming = range(page.messages, page.lastNumber)
  const isTouching = incoming.start <= state.end + 1 && incoming.end >= state.start - 1
  if (page.messages.length === 0) return { ...state, lastNumber }
  if (!isTouching || state.messages.length === 0) return { ...state, ...incoming, lastNumber, mine: new Map() }
  const before = page.messages.filter((message) => message.number < state.start)
  const after = page.messages.filter((message) => message.number > state.end)
  let next: RoomState = {
    ...state,
    lastNumber,
    messages: [...before, ...state.messages, ...after],
    start: Math.min(state.start, incoming.start),
    end: Math.max(state.end, incoming.end),
  }
  for (const message of page.messages) next = putMessage(next, message)
  return next
}
