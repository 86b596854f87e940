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

  'handle-invalid': { status: 422, message: 'A handle has 2 to 32 letters, digits, dots or hyphens.' },
  'password-too-short': { status: 422, message: 'A password has at least 10 characters.' },
  'password-too-long': { status: 422, message: 'A password has at most 256 characters.' },
  'password-too-common': { status: 422, message: 'This password is among the first that an attacker tries.' },
  'wrong-credentials': { status: 401, message: 'Name and password do not belong together.' },
  'wrong-password': { status: 403, message: 'This is not your password.' },
  'proof-needed': { status: 403, message: 'Confirm first that it is you.' },
  'last-way-in': { status: 409, message: 'This is your only way to sign in. Add another one first.' },
  'email-invalid': { status: 422, message: 'This is not an e-mail address.' },
  'email-domain-refused': { status: 403, message: 'Accounts here need an e-mail address of certain domains.' },
  'sign-up-closed': { status: 403, message: 'Accounts here come from a sign-in provider.' },
  'guests-refused': { status: 403, message: 'Guests are not let in here. Sign in or create an account.' },
  'invitation-needed': { status: 403, message: 'Accounts here need an invitation link.' },
  'invitation-invalid': { status: 410, message: 'This invitation link is not valid any more.' },
  'sign-up-expired': { status: 410, message: 'This took too long. Begin again at the provider.' },
  'set-up-link-invalid': { status: 410, message: 'This set-up link is not valid any more.' },
  'already-an-account': { status: 409, message: 'You have an account already.' },
  'account-needed': { status: 403, message: 'Only people with an account may do that.' },
  'person-not-found': { status: 404, message: 'There is no such person here.' },
  'too-many-blocks': { status: 409, message: 'You block 1,000 people. Unblock somebody first.' },
  'too-many-invitations': { status: 409, message: 'There are 100 open invitation links. Revoke one first.' },
  'last-owner': { status: 409, message: 'This server needs an owner. Make somebody else an owner first.' },

  'room-name-empty': { status: 422, message: 'A room needs a name.' },
  'room-name-too-long': { status: 422, message: 'A room name has at most 60 characters.' },
  'room-name-taken': { status: 409, message: 'There is already a room with this name.' },
  'topic-too-long': { status: 422, message: 'A topic has at most 250 characters.' },
  'room-not-found': { status: 404, message: 'There is no such room, or it is not open to you.' },
  'room-closed': { status: 410, message: 'This room was closed.' },
  'too-many-rooms': { status: 409, message: 'You are in 1,000 rooms. Leave one first.' },
  'not-a-member': { status: 403, message: 'Enter the room first.' },
  'not-allowed': { status: 403, message: 'You may not do that.' },
  'direct-room': { status: 409, message: 'This cannot be done in a conversation of two.' },
  banned: { status: 403, message: 'You are banned from this room.' },
  muted: { status: 403, message: 'You are muted in this room.' },
  'read-only': { status: 403, message: 'Only moderators may post in this room.' },
  'slow-mode': { status: 429, message: 'This room is in slow mode. Wait a little between messages.' },

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
  /** `muted`, `banned`: until when, epoch ms; absent when it has no end. */
  readonly until?: number
  /** `name-taken`, `name-confusable`: `handle`, if it is the handle that is taken and not the name. */
  readonly field?: string
  /** `name-taken`, `name-confusable`: a free name or handle like the one asked for. */
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
