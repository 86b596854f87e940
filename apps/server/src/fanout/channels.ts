import { roomStream, type StreamId, userStream } from '@parley/protocol'
import type { InstanceId } from '../rules/instance-id.ts'
import type { Publication } from '../rules/publication.ts'

/** What channels are called in Redis. Every instance listens to the first three and to its own; to streams where it has use for them. */
export class Channels {
  /** What everybody must hear at once, wherever they are connected. */
  readonly all: string
  readonly lobby: string
  readonly peers: string
  readonly #streams: string
  readonly #instances: string

  constructor(prefix: string) {
    this.all = `${prefix}all`
    this.lobby = `${prefix}lobby`
    this.peers = `${prefix}peers`
    this.#streams = `${prefix}stream:`
    this.#instances = `${prefix}instance:`
  }

  ofStream(stream: StreamId): string {
    return `${this.#streams}${stream}`
  }

  ofInstance(instance: InstanceId): string {
    return `${this.#instances}${instance}`
  }

  /** The stream whose channel this is. */
  streamOf(channel: string): StreamId | undefined {
    // as: `ofStream` is the inverse
    return channel.startsWith(this.#streams) ? (channel.slice(this.#streams.length) as StreamId) : undefined
  }

  of(publication: Publication): string {
    switch (publication.kind) {
      case 'events':
        return this.ofStream(publication.stream)
      case 'marker':
      case 'standing':
      case 'blocks':
        return this.ofStream(userStream(publication.userId))
      case 'typing':
        return this.ofStream(roomStream(publication.roomId))
      case 'listed':
        return this.lobby
      case 'room-closed':
      case 'profile':
      case 'session-ended':
        return this.all
    }
  }
}
