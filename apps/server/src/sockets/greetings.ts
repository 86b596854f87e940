import type { RoomId } from '@parley/protocol'
import type { EventsPublication } from '../rules/publication.ts'
import type { Viewer } from './viewer.ts'

/** What came while a connection was being welcomed. */
interface Early {
  /** Of the person's own stream. */
  readonly events: EventsPublication[]
  /** Signals, encoded. */
  readonly texts: string[]
  /** The newest signal about each room that changed; whose rooms these are is not known yet. */
  readonly rooms: Map<RoomId, string>
  /** Where messages came or went, and whether any went: what is read of those rooms may be older. */
  readonly counts: Map<RoomId, 'posted' | 'deleted'>
  hasBlocks: boolean
}

/** Connections that are registered but not greeted yet: what happens meanwhile is told right after the greeting, in order. */
export class Greetings {
  readonly #early = new Map<Viewer, Early>()

  begin(viewer: Viewer): void {
    this.#early.set(viewer, { ...nothing(), hasBlocks: false })
  }

  /** Gives what came meanwhile. */
  end(viewer: Viewer): Omit<Early, 'hasBlocks'> {
    const early = this.#early.get(viewer)
    this.#early.delete(viewer)
    return early ?? nothing()
  }

  /** True when the publication waits for the greeting. */
  keeps(viewer: Viewer, publication: EventsPublication): boolean {
    const early = this.#early.get(viewer)
    early?.events.push(publication)
    return early !== undefined
  }

  tell(viewer: Viewer, text: string): void {
    const early = this.#early.get(viewer)
    if (early) early.texts.push(text)
    else viewer.send(text)
  }

  roomChanged(roomId: RoomId, text: string): void {
    for (const { rooms } of this.#early.values()) rooms.set(roomId, text)
  }

  countsChanged(roomId: RoomId, how: 'posted' | 'deleted'): void {
    for (const { counts } of this.#early.values()) if (counts.get(roomId) !== 'deleted') counts.set(roomId, how)
  }

  /** Where something was deleted since the connection was registered. */
  *deletions(viewer: Viewer): Iterable<RoomId> {
    for (const [roomId, how] of this.#early.get(viewer)?.counts ?? []) if (how === 'deleted') yield roomId
  }

  viewers(): Iterable<Viewer> {
    return this.#early.keys()
  }

  /** What the welcome says of blocks may be older than what was published. */
  hearsOfBlocks(viewer: Viewer): void {
    const early = this.#early.get(viewer)
    if (early) early.hasBlocks = true
  }

  hasHeardOfBlocks(viewer: Viewer): boolean {
    return this.#early.get(viewer)?.hasBlocks ?? false
  }
}

function nothing(): Omit<Early, 'hasBlocks'> {
  return { events: [], texts: [], rooms: new Map(), counts: new Map() }
}
