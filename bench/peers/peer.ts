import type { Protocol, Seat } from '../lib/loadgen.ts'

/** What an acknowledged post survives: nothing is stored (W0) or only later, the server's end (D1), the loss of power (D2). */
export type Durability = 'W0' | 'later' | 'D1' | 'D2'

/** A server to compare Parley with. */
export interface Peer {
  readonly name: string
  readonly title: string
  readonly protocol: Protocol
  readonly durability: Durability
  /** How many connections may be on their way in at a time. Default: 32. */
  readonly entering?: number
  /** At most so many in one room, where it takes no more in bounded time. */
  readonly mostConnections?: number
  /** Posts a second that leave it unsaturated. Default: 40. */
  readonly rate?: number
  /** Senders of the closed loop. Default: 200. */
  readonly senders?: number
  /** How to install it, when it is not installed. */
  missing(): string | undefined
  version(): string
  start(): Promise<PeerServer>
}

/** A server that runs, pinned to core 0. */
export interface PeerServer {
  /** All of its processes. */
  readonly pids: readonly number[]
  readonly port: number
  /** Seats in a room where nothing was said yet. */
  seats(connections: number): Promise<readonly Seat<string>[]>
  /** How many posts it has stored so far; absent where it stores none. */
  storedPosts?(): number
  stop(): Promise<void>
}

/** Seats of a server where a room is there once somebody names it. */
export function namedRooms(): (connections: number) => Promise<Seat<string>[]> {
  let rooms = 0
  return async (connections) => {
    const roomId = `bench${++rooms}`
    return Array.from({ length: connections }, () => ({ token: 'none', room: 0, roomId }))
  }
}
