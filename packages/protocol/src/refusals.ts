/**
 * Every expected "no", as a closed list of codes with the sentence that people see when the client has none of its own.
 * `status` is used over HTTP (RFC 9457 problem documents).
 */
export const REFUSALS = {
  'not-signed-in': { status: 401, message: 'Sign in first.' },
  'origin-refused': { status: 403, message: 'This address may not use this server.' },
  'invalid-input': { status: 400, message: 'The request is not what this command takes.' },
  'unknown-name': { status: 404, message: 'There is no such command or query.' },
  'command-id-reused': { status: 409, message: 'This command id was used for something else.' },
  busy: { status: 429, message: 'Too much at once. It will be tried again shortly.' },
  'storage-full': { status: 507, message: 'The server has no space left. Nothing was stored.' },
  internal: { status: 500, message: 'Something went wrong on the server.' },

  'name-empty': { status: 422, message: 'Type a name.' },
  'name-too-long': { status: 422, message: 'A name has at most 32 characters.' },
  'name-taken': { status: 409, message: 'Somebody here already has this name.' },
  'name-confusable': { status: 409, message: 'This name looks like one that somebody here already has.' },

  'room-name-empty': { status: 422, message: 'A room needs a name.' },
  'room-name-too-long': { status: 422, message: 'A room name has at most 60 characters.' },
  'room-name-taken': { status: 409, message: 'There is already a room with this name.' },
  'topic-too-long': { status: 422, message: 'A topic has at most 250 characters.' },
  'room-not-found': { status: 404, message: 'There is no such room, or it is not open to you.' },
  'room-closed': { status: 410, message: 'This room was closed.' },
  'too-many-rooms': { status: 409, message: 'You are in 1,000 rooms. Leave one first.' },
  'not-a-member': { status: 403, message: 'Enter the room first.' },
  'not-allowed': { status: 403, message: 'Only the person who administers this room may do that.' },

  'message-empty': { status: 422, message: 'Type something first.' },
  'message-too-long': { status: 422, message: 'A message has at most 8,000 characters.' },
  'message-not-found': { status: 404, message: 'This message does not exist any more.' },
  'not-your-message': { status: 403, message: 'Only its author may change this message.' },
  'emoji-invalid': { status: 422, message: 'A reaction is one emoji.' },
  'too-many-reactions': { status: 409, message: 'A message has room for 20 kinds of reactions.' },
} as const

export type RefusalCode = keyof typeof REFUSALS

/** What some refusals carry besides their code. */
export interface RefusalDetails {
  /** `room-closed`: when, epoch ms. */
  readonly closedAt?: number
  /** `name-taken`, `name-confusable`: a free name like the one asked for. */
  readonly suggestion?: string
  /** `invalid-input`: where and what, for developers. */
  readonly issues?: readonly string[]
  /** `internal`: the incident's id in the server's log. */
  readonly incident?: string
}

/**
 * Of these a client does not know whether the command was stored: it repeats it with the same id. Any other refusal is final.
 * (SPEC F2)
 */
export const UNKNOWN_OUTCOMES: readonly RefusalCode[] = ['busy', 'storage-full', 'internal']
