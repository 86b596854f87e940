// What everybody may import: constants, small pure functions and types. Zod's schemas are in `@parley/protocol/schemas`,
// so that the web client does not carry Zod.
export { CLOSE_CODES, type CloseReason, mayReconnectAfter } from './close-codes.ts'
export type { AccountCommandName, CommandInput, CommandName, CommandOutput, ParsedInput } from './commands.ts'
export type {
  Invitation,
  LinkedProvider,
  LobbyRoom,
  LobbySnapshot,
  Message,
  MessagePage,
  MyRoom,
  Occupants,
  OwnStanding,
  PersonInfo,
  Reaction,
  Room,
  RoomInfo,
  RoomRole,
  RoomSnapshot,
  SessionInfo,
  Settings,
  User,
} from './entities.ts'
export type { Event, EventType, RoomEvent, RoomEventType, UserEvent, UserEventType } from './events.ts'
export type { ClientFrame, EventsFrame, ResetFrame, ServerFrame } from './frames.ts'
export * from './ids.ts'
export { KEPT_IN_ORDER } from './kept-in-order.ts'
export { LIMITS, TIMES } from './limits.ts'
export { orderActive, orderExisting } from './lobby-order.ts'
export type { Place } from './places.ts'
export { packEvent, unpackEvent } from './posted.ts'
export type { ParsedQuery, QueryInput, QueryName, QueryOutput } from './queries.ts'
export { REFUSALS, type RefusalCode, type RefusalDetails, UNKNOWN_OUTCOMES } from './refusals.ts'
export { SIGN_IN_ERRORS, type SignInError } from './sign-in-errors.ts'
export type { ClientSignalInput, ClientSignalName, Signal, SignalName, SignalOf } from './signals.ts'
export * from './text.ts'
export { PROTOCOL_VERSION } from './version.ts'
