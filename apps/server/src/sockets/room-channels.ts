import type { RoomId } from '@parley/protocol'
import type { Activity } from './activity.ts'
import type { People } from './people.ts'
import { RoomChannel, type RoomChannelParts } from './room-channel.ts'

interface RoomChannelsParts extends Omit<RoomChannelParts, 'roomId'> {
  readonly people: Pick<People, 'membersOf'>
  activity(): Pick<Activity, 'forget'>
}

/** The rooms that somebody here looks at or belongs to. */
export class RoomChannels {
  readonly #parts: RoomChannelsParts
  readonly #channels = new Map<RoomId, RoomChannel>()

  constructor(parts: RoomChannelsParts) {
    this.#parts = parts
  }

  get(roomId: RoomId): RoomChannel | undefined {
    return this.#channels.get(roomId)
  }

  all(): Iterable<RoomChannel> {
    return this.#channels.values()
  }

  /** The room's channel, begun if there was none. */
  of(roomId: RoomId): RoomChannel {
    const { clock, turn, occupancy } = this.#parts
    const channel = this.#channels.get(roomId) ?? new RoomChannel({ roomId, clock, turn, occupancy })
    this.#channels.set(roomId, channel)
    return channel
  }

  dropIfIdle(roomId: RoomId): void {
    const channel = this.#channels.get(roomId)
    if (!channel || channel.subscriptions.size > 0 || this.#parts.people.membersOf(roomId).size > 0) return
    this.drop(roomId)
  }

  drop(roomId: RoomId): void {
    this.#channels.get(roomId)?.end()
    this.#channels.delete(roomId)
    this.#parts.activity().forget(roomId)
  }

  stop(): void {
    for (const channel of this.#channels.values()) channel.end()
  }
}
