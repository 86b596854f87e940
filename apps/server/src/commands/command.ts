import type {
  AccountCommandName,
  CommandId,
  CommandName,
  CommandOutput,
  EventType,
  ParsedInput,
  RoomId,
  RoomRole,
  StreamId,
  User,
} from '@parley/protocol'
import type { Secret } from '../accounts/secret.ts'
import type { InstanceAction, RoomAction } from '../rules/permissions.ts'
import type { ReceiptRow } from '../storage/receipts.ts'
import type { RoomRow } from '../storage/rooms.ts'
import type { Transaction } from '../storage/transaction.ts'

/** Commands that are asked of the state; those over HTTP only make, end or change sessions and belong to accounts. */
export type StateCommandName = Exclude<CommandName, AccountCommandName>

/** What a handler works with. It awaits nothing but `tx` and changes nothing but `tx`, because it may run again. (SPEC A3) */
export interface CommandContext<Name extends StateCommandName> {
  readonly tx: Transaction
  /** With `onInstance`: as they are under the lock. */
  readonly actor: User
  /** What the actor is in the room; means nothing without `inRoom`. */
  readonly role: RoomRole
  readonly id: CommandId
  readonly input: ParsedInput<Name>
  /** Epoch ms, the same for all commands of a batch. */
  readonly now: number
  /** Keyed digests for unique names. */
  readonly nameKey: (source: string) => string
  /** What keys and tokens are derived from. */
  readonly secret: Secret
}

export interface CommandDefinition<Name extends StateCommandName> {
  readonly name: Name
  /** Parses plainly valid input faster than the schema does; undefined leaves the judgement to the schema. */
  readonly recognise?: (input: unknown) => ParsedInput<Name> | undefined
  /** Streams to lock before the handler runs; pure. */
  readonly locks: (input: ParsedInput<Name>, actor: User) => readonly StreamId[]
  /** How many texts it adds at most. */
  readonly texts?: number
  /** What the actor must be allowed in `input.roomId`; checked before the batch and again under the lock. */
  readonly inRoom?: RoomAction
  /** What the actor must be allowed on the whole server; checked in the batch, by the role that holds there. */
  readonly onInstance?: InstanceAction
  /** Events that prove that this command was performed, and its answer from the first of them. Absent: free to repeat. */
  readonly receipt?: {
    readonly types: readonly EventType[]
    readonly answer: (first: ReceiptRow, input: ParsedInput<Name>) => CommandOutput<Name>
  }
  /** The answer when the room is already closed, by this very actor. */
  readonly whenClosed?: () => CommandOutput<Name>
  /** Synchronous where nothing has to be read: a promise for each of thousands of posts is felt. */
  readonly perform: (context: CommandContext<Name>) => CommandOutput<Name> | Promise<CommandOutput<Name>>
}

/** A command as the batch sees it, of whatever name: on the wire, or the server's own (`pass-room`). */
export interface Performable {
  readonly name: string
  readonly recognise?: (input: unknown) => unknown
  readonly locks: (input: never, actor: User) => readonly StreamId[]
  readonly texts?: number
  readonly inRoom?: RoomAction
  readonly onInstance?: InstanceAction
  readonly receipt?: {
    readonly types: readonly EventType[]
    readonly answer: (first: ReceiptRow, input: never) => unknown
  }
  readonly whenClosed?: () => unknown
  readonly perform: (context: never) => unknown
}

export function command<Name extends StateCommandName>(
  name: Name,
  definition: Omit<CommandDefinition<Name>, 'name'>,
): CommandDefinition<Name> {
  return { name, ...definition }
}

/** The room that a command with `access` named: `perform` has checked that it exists. */
export function roomOf(tx: Transaction, id: RoomId): RoomRow {
  const room = tx.rooms.find(id)
  if (!room) throw new Error(`The room ${id} was not loaded.`)
  return room
}

/** The answer of commands that give the seq of their event. */
export const seqOf = (first: ReceiptRow): { seq: number } => ({ seq: first.seq })
