import { CLOSE_CODES, KEPT_IN_ORDER, LIMITS, PROTOCOL_VERSION, TIMES } from '../../packages/protocol/src/index.ts'
import { commandId, frames, http } from './examples.ts'

const seconds = (ms: number): string => `${ms / 1_000} s`
const inOrder = [...KEPT_IN_ORDER].map((name) => `\`${name}\``).join(', ')
const kib = (bytes: number): string => `${bytes / 1_024} KiB`

/** The part that is told in words: how a client behaves. */
export const guide = `# The wire protocol of Parley, version ${PROTOCOL_VERSION}

Everything that a client needs to know, in whatever language it is written. This document is generated from
\`packages/protocol\` by \`scripts/generate-protocol-doc.ts\`; every example in it has been held against the schemas. Rules like
(SPEC E3) are in [SPEC.md](../SPEC.md).

1. [Conventions](#conventions) · 2. [Entering](#entering) · 3. [Over HTTP](#over-http) · 4. [The socket](#the-socket) ·
5. [A conversation](#a-conversation) · 6. [Following a room](#following-a-room) · 7. [Commands that are never lost or doubled](#commands-that-are-never-lost-or-doubled) ·
8. [Staying alive](#staying-alive) · 9. [What passes by](#what-passes-by) · 10. [Frames](#frames) · 11. [Entities](#entities) ·
12. [Commands](#commands) · 13. [Queries](#queries) · 14. [Events](#events) · 15. [Signals](#signals) · 16. [Refusals](#refusals) ·
17. [Close codes](#close-codes) · 18. [Limits and times](#limits-and-times)

## Conventions

- JSON in UTF-8. Unknown fields must be ignored by clients; they may be added without a new protocol version. So may events,
  signals and refusal codes: an unknown event only moves the cursor, an unknown signal is ignored, an unknown refusal is final.
- Ids are UUIDv7 in lower-case text (\`${commandId}\`). The client makes the ids of its commands, the server all others.
- Times are epoch milliseconds of the server's clock. Lengths of text count UTF-16 units, sizes count bytes.
- *text* in the tables is what people type: well-formed Unicode without U+0000 (anything else is \`invalid-input\`), trimmed by the server;
  its length is judged after that, and each violation has a refusal of its own.
- A *stream* is an ordered log: \`room:<room id>\` or \`user:<user id>\` (one's own). Its events have \`seq\` 1, 2, 3 … without holes.
  A *cursor* is the last \`seq\` that a client has applied. An *epoch* names the incarnation of the database: a cursor of
  another epoch means nothing.
- \`?\` after a field's name: it may be missing. There are no nulls.

## Entering

A guest only types a name. \`POST /api/commands/enter\` with a random \`secret\` and the command's id as \`Idempotency-Key\`:

\`\`\`http
POST /api/commands/enter HTTP/1.1
Content-Type: application/json
Idempotency-Key: ${commandId}

${http.enterInput}
\`\`\`
\`\`\`http
HTTP/1.1 200 OK
Set-Cookie: parley_session=<token>; Max-Age=…; Path=/; HttpOnly; SameSite=Lax

${http.enterOutput}
\`\`\`

- The same key and secret within ten minutes give a new session of the same guest. Repeat with both when the answer got lost,
  or one's own name is \`name-taken\`.
- \`token\` is in the body only when the request has no \`Origin\` header, that is, not from a browser's page. Browsers use the cookie
  (named \`__Host-parley_session\` where \`PARLEY_URL\` is https).
- Everywhere else the token is sent as \`Authorization: Bearer <token>\`; cookie and bearer are worth the same, and a bearer token wins.
  Requests that are signed in by a cookie must carry the server's own \`Origin\`, or they are refused with 403 \`origin-refused\`.
- \`GET /api/session\` answers \`{"user": …, "expiresAt": …}\` or 401. \`POST /api/commands/sign-out\` ends the session.

## Over HTTP

Every command and query that the socket takes is also \`POST /api/commands/<name>\` or \`POST /api/queries/<name>\`, with the input as
JSON body (at most ${kib(LIMITS.frameBytes)}) and the output as the answer. \`Idempotency-Key\` is the command's id; without one the server makes
one, and the call cannot be repeated safely.

\`\`\`sh
curl -H 'Authorization: Bearer <token>' -H 'Content-Type: application/json' \\
  -H 'Idempotency-Key: ${commandId}' \\
  -d '${http.postInput}' http://localhost:8000/api/commands/post-message
# ${http.postOutput}
\`\`\`

A refusal is a problem document (RFC 9457) with the status of [its code](#refusals), and \`Retry-After\` where it helps:

\`\`\`json
{"type":"about:blank","title":"busy","status":429,"detail":"Too much at once. It will be tried again shortly.","code":"busy","retryAfterMs":400}
\`\`\`

Anybody may ask \`GET /healthz\` (the process answers) and \`GET /readyz\` (200, or 503 while it starts, stops or lacks its database).

## The socket

\`GET /socket\` with the usual WebSocket upgrade (RFC 6455) and the session as cookie or bearer token. Answers instead of 101:
401 \`not-signed-in\`; 403 \`origin-refused\`; 503 with \`Retry-After\` while the server stops. Each frame is one JSON text message with a
\`type\`; from the client at most ${kib(LIMITS.frameBytes)}. No compression and no subprotocol. A binary message, one that is not JSON, or one that is
not described here closes the socket with ${CLOSE_CODES['malformed-frame'].code}.

The client's first frame is \`hello\`, within ${seconds(TIMES.helloTimeoutMs)}; the answer is \`welcome\`. A client may send on before the \`welcome\` came, but
at most 64 frames. With another \`protocol\` than ${PROTOCOL_VERSION} the socket closes with ${CLOSE_CODES['protocol-unsupported'].code}.

\`welcome.rooms\` is complete: a room that the client knows and that is not there is gone, be it left, closed or lost. \`build\` names the web
client that the server would serve; \`epoch\` is to be kept with every cursor, and everything of another epoch is to be thrown away.

## A conversation

Bob (\`→\` is what he sends) enters a room and talks:

\`\`\`
→ ${frames.hello}
← ${frames.welcome}
→ ${frames.enterRoom}
← ${frames.entered}
→ ${frames.open}
← ${frames.reset}
← ${frames.opened}
→ ${frames.post}
← ${frames.posted}
← ${frames.event}
\`\`\`

A reply and the event of the same change come in either order. His connection breaks before he sees that event. He comes back with his cursor, and the edit that happened meanwhile is there too:

\`\`\`
→ ${frames.hello}
← …welcome…
→ ${frames.reopen}
← ${frames.caughtUp}
← ${frames.reopened}
\`\`\`

## Following a room

A connection looks at one *place* at a time: the lobby, a room, or nothing. \`open\` replaces the place, \`close\` leaves it. Who has a room
open is an *occupant*; being a *member* is durable and comes from \`enter-room\`. A stranger who opens a room is answered \`closed\` with
\`not-a-member\`.

1. \`open\` with \`epoch\` and \`cursor\` asks for everything after the cursor. It comes as one or more \`events\` frames (of about
   ${kib(LIMITS.catchUpPageBytes)} at most), then \`opened\`. Without a cursor, or when it is of another epoch, ahead of the log, below what is kept, or more than
   ${LIMITS.catchUpEvents.toLocaleString('en')} events behind, there comes a \`reset\` with a whole snapshot first: forget what you had. \`opened.seq\` says up to where everything was sent;
   live events follow without a seam.
2. Of an \`events\` frame, skip events with \`seq\` ≤ cursor; apply the one with cursor + 1, and so on. If the next one is beyond cursor + 1,
   something was lost: apply nothing more, and send \`open\` with the cursor again. (SPEC E3)
3. State rides along on events only as a convenience. Live events carry what their own command wrote; catch-up fills in the *present*
   state, and of several events in a page about one message only the last carries it. So: never add up, **replace** a message or a room
   when the \`version\` that comes is higher than the one you have, and let an event without state only move the cursor. (SPEC E4, E5)
   A \`message-posted\` carries either \`message\` or, when nothing has changed since, the short form \`posted\`: then the message's id is
   \`messageId\`, its \`version\` the event's \`seq\`, its author \`actorId\`, its \`postedAt\` is \`at\`, and it has no reactions.
4. \`users\` of a frame are the people that its events speak of, as they are called now; a higher \`version\` replaces.
5. A message's \`number\` is its place among the room's messages, 1, 2, 3 …; deleted ones keep theirs. Older pages come from
   \`list-messages\`; while such a query is under way, keep the versions that events bring, for they are newer than the page may be. (SPEC E6)
6. \`mine\` of a page tells one's own reactions; one's own \`reaction-added\` and \`reaction-removed\` keep it current. Per emoji the message
   carries only a count and the first three people; \`list-reactors\` names more.
7. After \`member-left\` or \`member-removed\` of oneself nothing more of the room comes. When the room is closed, the place is
   \`closed\` with \`room-closed\`:

\`\`\`
← ${frames.closed}
\`\`\`

The lobby has no log: \`open\` of it is answered by \`reset\` with a snapshot, \`opened\`, and then \`lobby\` signals, each with the next \`version\`;
if one is left out, a signal was lost: \`open\` the lobby again, but not within 5 s of the last time.
Sort the rooms yourself: active ones by occupants, then by id, both descending; existing ones by the minute of \`lastActivityAt\`, then by id,
both descending.

One's own stream (\`room-entered\`, \`room-left\`) needs no opening: its events come to every connection of the person, beginning after
\`welcome.seq\`. After a hole in it, ask \`list-my-rooms\`, whose \`seq\` is the new cursor.

## Commands that are never lost or doubled

\`\`\`
→ ${frames.post}
← ${frames.posted}
\`\`\`

A \`reply\` comes only after the change is on disk. A command's id is unique per person for ever: whoever repeats a command with the same id
gets the first answer again, and nothing happens twice, over whatever connection or HTTP (SPEC A6). So:

- Wait for the answer to \`enter-room\` before the first \`open\` of that room; commands to it need not wait.
- Keep what a person typed on disk, with its id, before clearing the field. Send it; remove it when the \`reply\` comes, or when an event
  shows a message with that \`commandId\`.
- No answer within ${seconds(TIMES.resendMs)}: send it again with the same id; the second time, on a new connection. After a reconnect, send everything
  unanswered again, in order. Commands of one connection are carried out in the order of their sending, so several may be under way.
- \`busy\`, \`storage-full\`, \`internal\` and a broken connection leave the outcome **unknown**: try again with the same id, after
  \`retryAfterMs\` where given. Every other refusal is final: nothing was stored, and nothing will be.
- After \`busy\`, later commands of the same connection and room are answered \`busy\` too, until the first is repeated, withdrawn
  (\`withdraw\`) or ${seconds(TIMES.busyHoldMs)} have passed (${seconds(TIMES.refusalHoldMs)} for clients that withdraw), so that the order of what a
  person said survives (SPEC F3):

\`\`\`
← ${frames.refusal}
→ ${frames.withdraw}
\`\`\`

- ${inOrder} keep their order after a **refusal** too, for clients whose \`hello\` says \`"withdraws":true\`. A refusal that is
  lost with its connection makes the client repeat the command, and by then it may be allowed; what was stored meanwhile would stand
  before it. So after a refusal of one of these, later ones of the same connection and room are answered \`busy\` until the client has
  kept that it was refused and says so (\`withdraw\`), or repeats it. Then the first that was told \`busy\` comes first. Such a client
  withdraws each of them that is finally refused, also when the refusal comes twice. Nothing else waits (\`enter-room\`, queries, other
  rooms), and nothing longer than ${seconds(TIMES.refusalHoldMs)}. Without \`withdraws\` nothing waits, and a repeated command that is
  accepted at last stands after what was accepted meanwhile. (SPEC F3)
- Over HTTP there is no connection to keep an order: commands that are asked at once are carried out in any order. Whoever wants one asks
  the next when the former is answered, and gives up, instead of repeating, what was refused.

Queries have ids too, any string of at most 64 characters, unique among the connection's open queries. They change nothing and may be repeated:

\`\`\`
→ ${frames.query}
\`\`\`

## Staying alive

\`\`\`
← ${frames.heartbeat}
→ ${frames.pong}
\`\`\`

Every ${seconds(TIMES.heartbeatMs)} a \`heartbeat\` tells the heads of one's own stream and of the open room, and the versions of what is shown there. Answer with
\`pong\`. If a head is still ahead of the cursor a second later, \`open\` again with the cursor; if \`versions.occupants\` is newer than what
you have, ask \`list-occupants\`, and take the first \`occupants\` of a new connection whatever its version. An \`occupants\` signal with
\`since\` names nobody: keep the people that you have, unless you have seen no state of that version or newer on this connection; then
ask. If \`versions.lobby\` differs from what you have, \`open\` the lobby again; if the own stream's head is ahead, or \`frame\`
is more than the number of frames that arrived on this connection (this one included), ask \`list-my-rooms\`. An \`open\` that is not answered
is repeated at the next heartbeat. A client that hears nothing for ${seconds(TIMES.silenceMs)} gives the connection up; a server that gets nothing for three heartbeats
closes it (${CLOSE_CODES.silent.code}).

Reconnect with full jitter: wait a random time between 0 and a ceiling that begins at ${TIMES.backoffFirstMs} ms and doubles with each failure up to ${seconds(TIMES.backoffMaxMs)}.
\`goodbye\` announces a restart: go on as usual and come back after \`reconnectAfterMs\`. [Close codes](#close-codes) say
whether to come back at all.

A connection that reads too slowly is closed with ${CLOSE_CODES['too-slow'].code} and resumes by its cursor. Nothing is ever dropped silently.

## What passes by

*Signals* are passing facts, never stored; each is whole state, so a lost one is made good by the next. Whoever types says so:

\`\`\`
→ ${frames.typing}
← ${frames.typingSignal}
\`\`\`

Repeat it every ${seconds(TIMES.typingRepeatMs)} while the person types, and send \`"isTyping":false\` when they stop or clear the text; posting does it by itself.
Other rooms than the open one send at most one \`activity\` a second each. Read markers (\`mark-read\`) only move forward, at most one a second
and room is worth sending, and the person's other connections hear a \`marker\` signal. Unread counts are those of others' messages above
the marker that are not deleted; ${LIMITS.unreadShown + 1} stands for "${LIMITS.unreadShown}+".
`
