import type { Refusal } from '@parley/client'
import { LIMITS, type RefusalCode } from '@parley/protocol'
import { exactTime } from './shell/time-words.ts'

/** A refusal in words for people: what happened, what was kept, what to do. */
export function refusalWords(refusal: Refusal): string {
  const words = WORDS[refusal.code]
  return typeof words === 'string' ? words : words(refusal)
}

const WORDS: Readonly<Record<RefusalCode, string | ((refusal: Refusal) => string)>> = {
  'not-signed-in': 'You are not signed in any more. Enter again to go on; what you typed is kept on this device.',
  'origin-refused':
    'The server does not accept this address. Open Parley by the address that whoever runs it has set (PARLEY_URL).',
  'invalid-input': 'The server did not understand this page. Nothing was changed. Reload the page and try again.',
  'unknown-name':
    'This server does not know what was asked. Reload the page: it may be older or newer than the server.',
  'command-id-reused': 'This was sent before as something else. Copy your text, reload the page and send it again.',
  busy: ({ retryAfterMs }) => `That was a bit fast. It goes on by itself ${waitWords(retryAfterMs)}; nothing is lost.`,
  'storage-full':
    'The server has no space left, so nothing was stored. Your text is kept here; tell whoever runs this server.',
  internal: ({ details }) => {
    const incident = details?.incident ? ` Incident ${details.incident}: tell it to whoever runs this server.` : ''
    return `Something went wrong on the server. What you typed is kept; try again in a moment.${incident}`
  },

  'name-empty': 'Type a name, so that others know who is talking.',
  'name-too-long': `That is too long: a name has at most ${LIMITS.personNameLength} characters.`,
  'name-taken': 'Somebody here already has this name. Choose another.',
  'name-confusable': 'This name looks like one that somebody here already has. Choose one that can be told apart.',

  'handle-invalid': `A handle has 2 to ${LIMITS.handleLength} letters, digits, dots or hyphens.`,
  'password-too-short': `That is too short: a password has at least ${LIMITS.passwordLeast} characters.`,
  'password-too-long': `That is too long: a password has at most ${LIMITS.passwordMost} characters.`,
  'password-too-common': 'This password is among the first that an attacker tries. Choose one that nobody else has.',
  'wrong-credentials': 'Handle and password do not belong together. Check both and try again.',
  'wrong-password': 'This is not your password. Nothing was changed.',
  'proof-needed': 'Confirm first that it is you. Nothing was changed.',
  'last-way-in':
    'This is the only way in that you have, so it stays. Set a password or connect another provider first.',
  'email-invalid': 'This is not an e-mail address. Check it for a typing mistake.',
  'email-domain-refused':
    'Accounts here need an e-mail address of certain domains. Use yours from there, or ask whoever runs this server.',
  'sign-up-closed': 'Accounts here come from a sign-in provider only. Use one of the buttons for them.',
  'guests-refused': 'Guests are not let in here. Sign in or create an account.',
  'invitation-needed': 'New people come in here by an invitation link. Ask somebody inside for one.',
  'invitation-invalid': 'This invitation link is not valid any more. Ask whoever sent it for a new one.',
  'sign-up-expired': 'This took too long. Nothing was made; begin again at the sign-in provider.',
  'set-up-link-invalid':
    'This set-up link is not valid any more. Whoever runs the server finds a new one in its log after a restart, unless it has an owner already.',
  'already-an-account': 'You have an account already. Nothing was changed.',
  'account-needed': 'Only people with an account may do that. A guest becomes one by adding a password.',
  'person-not-found': 'There is no such person here any more.',
  'too-many-invitations': `There are ${LIMITS.openInvitations} open invitation links, which is the most. Revoke one first.`,
  'last-owner': 'This server would be without an owner. Make somebody else an owner first.',

  'room-name-empty': 'A room needs a name.',
  'room-name-too-long': `That is too long: a room name has at most ${LIMITS.roomNameLength} characters.`,
  'room-name-taken': 'There is already a room with this name. Choose another one.',
  'topic-too-long': `That is too long: a topic has at most ${LIMITS.topicLength} characters.`,
  'room-not-found': 'There is no such room, or it is not open to you.',
  'room-closed': ({ details }) =>
    details?.closedAt === undefined
      ? 'This room was closed and its messages are erased.'
      : `This room was closed on ${exactTime(details.closedAt)} and its messages are erased.`,
  'too-many-rooms': `You are in ${LIMITS.roomsPerPerson.toLocaleString()} rooms, which is the most. Leave one, then try again.`,
  'not-a-member': 'You are not in this room any more. Enter it from the lobby, then try again.',
  'not-allowed': 'You may not do that here. Nothing was changed.',
  'direct-room': 'This can not be done in a conversation of two. Nothing was changed.',
  banned: ({ details }) => `You are banned from this room${untilWords(details?.until)}.`,
  muted: ({ details }) => `You are muted in this room${untilWords(details?.until)}. Your text is kept here.`,
  'read-only': 'Only its owner and moderators post in this room. Your text is kept here.',
  'slow-mode': ({ retryAfterMs }) =>
    `This room is in slow mode, so there is a pause between two messages. Send it again ${waitWords(retryAfterMs)}.`,
  'too-many-blocks': `You block ${LIMITS.blocksPerPerson.toLocaleString()} people, which is the most. Unblock somebody first.`,

  'message-empty': 'There is nothing to see in this message. Type something first.',
  'message-too-long': `That is too long: a message has at most ${LIMITS.messageLength.toLocaleString()} characters. Send it in parts.`,
  'message-not-found': 'This message does not exist any more. Copy your text if you still need it.',
  'not-your-message': 'Only its author may change this message. Nothing was changed.',
  'emoji-invalid': 'A reaction is one emoji.',
  'too-many-reactions': `This message has ${LIMITS.reactionKindsPerMessage} kinds of reactions already. Add to one of them instead.`,
}

function untilWords(until: number | undefined): string {
  return until === undefined ? '' : ` until ${exactTime(until)}`
}

function waitWords(ms: number | undefined): string {
  return ms === undefined ? 'in a moment' : `in ${secondsWords(ms)}`
}

/** "1 second", "12 seconds": never none, since nobody waits for zero seconds. */
export function secondsWords(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000))
  return seconds === 1 ? '1 second' : `${seconds} seconds`
}
