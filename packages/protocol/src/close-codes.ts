/**
 * Why the server closes a socket: a closed list. 1000–1015 are the WebSocket protocol's own; of ours, 40xx ask the client
 * to come back (after its backoff) and 41xx tell it not to.
 */
export const CLOSE_CODES = {
  'message-too-big': { code: 1009, mayReconnect: true, meaning: 'A frame was larger than 64 KiB.' },
  restarting: { code: 1012, mayReconnect: true, meaning: 'The server stops or restarts.' },
  'too-slow': { code: 4000, mayReconnect: true, meaning: 'The client read too slowly; resume from the cursor.' },
  'hello-missing': { code: 4001, mayReconnect: true, meaning: 'No hello within five seconds.' },
  silent: { code: 4002, mayReconnect: true, meaning: 'No pong for three heartbeats.' },
  'internal-fault': { code: 4003, mayReconnect: true, meaning: 'The server failed; the incident is in its log.' },
  flooding: { code: 4004, mayReconnect: true, meaning: 'Far too many frames in a short time.' },
  'malformed-frame': { code: 4100, mayReconnect: false, meaning: 'A frame was not what the protocol describes.' },
  'protocol-unsupported': {
    code: 4101,
    mayReconnect: false,
    meaning: 'The client speaks another protocol version: reload.',
  },
  'session-ended': { code: 4102, mayReconnect: false, meaning: 'Signed out, expired or revoked: sign in again.' },
} as const

export type CloseReason = keyof typeof CLOSE_CODES

/** What a received close code means; unknown codes (a proxy's, 1006) allow coming back. */
export function mayReconnectAfter(code: number): boolean {
  const known = Object.values(CLOSE_CODES).find((entry) => entry.code === code)
  return known?.mayReconnect ?? true
}
