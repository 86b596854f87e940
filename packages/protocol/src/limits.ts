/** Limits that both sides import. Lengths count UTF-16 units, sizes bytes, times milliseconds. */
export const LIMITS = {
  /** A frame from a client; a larger one closes the socket with 1009. */
  frameBytes: 64 * 1024,
  /** One page of catch-up events. */
  catchUpPageBytes: 256 * 1024,
  /** A cursor further behind than this gets a `reset` instead of events. */
  catchUpEvents: 1_000,
  messageLength: 8_000,
  personNameLength: 32,
  roomNameLength: 60,
  topicLength: 250,
  emojiLength: 32,
  reactionKindsPerMessage: 20,
  reactionPeopleShown: 3,
  roomsPerPerson: 1_000,
  /** Rooms of two are counted apart: nobody can leave them, and others start them. */
  directsPerPerson: 1_000,
  blocksPerPerson: 1_000,
  openInvitations: 100,
  handleLength: 32,
  emailLength: 254,
  passwordLeast: 10,
  passwordMost: 256,
  slowSecondsMost: 6 * 60 * 60,
  peoplePerPage: 50,
  bansShown: 200,
  messagesPerPage: 100,
  roomsPerPage: 200,
  membersPerPage: 100,
  usersPerQuery: 100,
  occupantsShown: 50,
  facesShown: 5,
  lobbyRooms: 200,
  filterLength: 60,
  unreadShown: 99,
} as const

export const TIMES = {
  /** The server's `heartbeat`; a client that hears nothing for `silenceMs` reconnects. */
  heartbeatMs: 10_000,
  silenceMs: 25_000,
  helloTimeoutMs: 5_000,
  backoffFirstMs: 500,
  backoffMaxMs: 8_000,
  /** A command without an answer is sent again after this. */
  resendMs: 10_000,
  /** After `busy`, later commands of the same room and connection are answered `busy` too, for at most this long. */
  busyHoldMs: 10_000,
  /**
   * The same for clients that withdraw, after `busy` and after a refusal, until they do. Longer than any client that keeps
   * `resendMs` and `silenceMs` stays on a connection over which no answer comes, so only a faulty one ever waits for it.
   */
  refusalHoldMs: 60_000,
  /** A client that types says so this often; the server forgets it after `typingExpiresMs`. */
  typingRepeatMs: 3_000,
  typingExpiresMs: 5_000,
  /** A vanished socket keeps its place this long, so that a reload does not flicker. */
  occupantGraceMs: 5_000,
  groupWithinMs: 5 * 60_000,
} as const
