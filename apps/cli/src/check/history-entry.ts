/**
 * What a run has seen, one JSON object a line. Times are milliseconds of one clock of the run. `client` is one instance of
 * a client over all its connections, `user` whom it is signed in as.
 */
export type HistoryEntry =
  /** First: what the run was like. `isLossy`: frames were dropped on the way, so holes on the wire prove nothing. */
  | { kind: 'run'; seed: number; isLossy: boolean; convergeWithinMs: number }
  /** A person decided to change something; the order of these is the order promised per client and room. */
  | { kind: 'intend'; at: number; client: string; user: string; id: string; stream: string }
  /** The command's first frame (or request) left. Repeats are not entries. */
  | {
      kind: 'invoke'
      at: number
      client: string
      user: string
      id: string
      name: string
      stream?: string
      /** The message or the person that the command is about. */
      subject?: string
    }
  | { kind: 'ok'; at: number; client: string; user: string; id: string; output: unknown }
  /** A final no. */
  | { kind: 'refused'; at: number; client: string; user: string; id: string; code: string }
  /** `busy`, `internal`, a full disk, or never answered: it may have been stored. */
  | { kind: 'unknown'; at: number; client: string; user: string; id: string }
  /** The client began to open a socket. */
  | { kind: 'dialled'; at: number; client: string; user: string }
  /** The client was told that it has everything of the room that it looks at. */
  | { kind: 'current'; at: number; client: string; user: string; stream: string; seq: number }
  /** The client asked for what comes after `cursor`; without one it knows nothing. */
  | { kind: 'opened'; at: number; client: string; user: string; stream: string; cursor?: number }
  | { kind: 'reset'; at: number; client: string; user: string; stream: string; seq: number }
  | { kind: 'delivered'; at: number; client: string; user: string; stream: string; events: readonly DeliveredEvent[] }
  /** A read that began at `at`, and the seq of its read transaction. */
  | { kind: 'read'; at: number; client: string; user: string; stream: string; seq: number }
  /** From here on nobody changed anything and nothing was broken any more. */
  | { kind: 'silence'; at: number }
  /** Where a client stood at the end, since `at`; `followedAt` is when it began to follow the stream, if after the silence. */
  | {
      kind: 'cursor'
      at: number
      client: string
      user: string
      stream: string
      seq: number
      followedAt?: number
    }
  /** What a client showed at the end: the messages it had loaded. */
  | { kind: 'view'; client: string; user: string; stream: string; messages: readonly ShownMessage[] }
  // What a separate reader found in the database at the end.
  | { kind: 'head'; stream: string; seq: number; number: number }
  | ({ kind: 'log' } & LogRow)
  | ({ kind: 'message'; stream: string } & ShownMessage)
  | { kind: 'tombstone'; stream: string }

export interface DeliveredEvent {
  readonly seq: number
  readonly type: string
  readonly actorId: string
  /** The message or the person it speaks of. */
  readonly subject?: string
}

export interface LogRow {
  readonly stream: string
  readonly seq: number
  readonly type: string
  readonly actorId: string
  readonly commandId: string
  readonly part: number
  readonly subject?: string
  readonly number?: number
}

export interface ShownMessage {
  readonly number: number
  readonly id: string
  readonly authorId: string
  readonly body: string
  readonly isDeleted: boolean
}

export type EntryOf<Kind extends HistoryEntry['kind']> = Extract<HistoryEntry, { kind: Kind }>
