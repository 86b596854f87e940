import { type Notice, nameOf } from '@parley/client'
import type { RoomId } from '@parley/protocol'
import { chat } from '../chat.ts'
import { copyText } from '../kit/copy-text.ts'
import { showToast } from '../kit/toasts.ts'
import { refusalWords } from '../refusal-words.ts'
import { LOBBY_PATH, navigate, roomPath, route } from '../routes.ts'
import { exactTime } from './time-words.ts'

/** Call once at start: tells the person what the client reports, and leaves rooms that are no more. */
export function startNotices(): void {
  chat.notices.subscribe(tell)
}

function tell(notice: Notice): void {
  switch (notice.kind) {
    case 'room-closed':
      tellClosed(notice)
      leave(notice.roomId)
      break
    case 'room-left-elsewhere':
      // Told only to whoever was looking at it; elsewhere the row just goes.
      if (isAt(notice.roomId)) showToast(`You left ${quoted(notice.roomName)} in another window.`)
      leave(notice.roomId)
      break
    case 'removed':
      showToast(`You were removed from ${quoted(notice.roomName)}.`, { durationMs: null })
      leave(notice.roomId)
      break
    case 'added':
      void tellAdded(notice)
      break
    case 'session-ended':
      break // The sign-in screen says so.
    case 'server-upgraded':
      tellUpgraded()
      break
    case 'storage-unavailable':
      showToast(STORAGE_WORDS[notice.cause], { key: 'storage', durationMs: null })
      break
    case 'change-refused':
      showToast(`${UNDONE[notice.command.name]} ${refusalWords(notice.refusal)}`, { tone: 'danger' })
      break
    case 'server-fault':
      tellFault(notice.refusal)
      break
  }
}

type Closed = Pick<Extract<Notice, { kind: 'room-closed' }>, 'roomId' | 'roomName' | 'closedAt'> &
  Partial<Pick<Extract<Notice, { kind: 'room-closed' }>, 'closedBy'>>

const toldClosed = new Set<RoomId>()

function tellClosed({ roomId, roomName, closedBy, closedAt }: Closed): void {
  toldClosed.add(roomId)
  const key = `closed:${roomId}`
  const erased = 'Its messages are erased for good.'
  if (closedBy) {
    const who = closedBy.id === chat.me.value?.id ? 'You' : closedBy.displayName
    showToast(`${who} closed ${quoted(roomName)}. ${erased}`, { key, durationMs: 15_000 })
    return
  }
  const when = closedAt === undefined ? 'while you were away' : `on ${exactTime(closedAt)}`
  const name = roomName === undefined ? '' : `${quoted(roomName)}: `
  showToast(`${name}This room was closed ${when}. ${erased}`, { key, durationMs: null })
}

/** Coming to a room that was closed meanwhile: its name is known to this device only, and is forgotten now. (SPEC G4) */
export function leaveClosedRoom(roomId: RoomId, closedAt: number | undefined): void {
  if (!toldClosed.has(roomId)) tellClosed({ roomId, roomName: chat.rememberedRoomName(roomId), closedAt })
  chat.forgetRoom(roomId)
  leave(roomId)
}

/** A part of the page could not be fetched. With the server there, it is gone because the server was upgraded. */
export function tellNotLoaded(): void {
  if (chat.connection.value.phase === 'live') tellUpgraded()
  else showToast('This part of the page can not be loaded while offline. Try again in a moment.', { key: 'not-loaded' })
}

async function tellAdded({ roomId, roomName, by }: Extract<Notice, { kind: 'added' }>): Promise<void> {
  const [person] = await chat.users([by]).catch(() => [])
  showToast(`${person ? nameOf(person) : 'Somebody'} added you to ${quoted(roomName)}.`, {
    key: `added:${roomId}`,
    durationMs: 15_000,
    actions: [{ label: 'Open', onSelect: () => navigate(roomPath(roomId)) }],
  })
}

function tellUpgraded(): void {
  showToast('The server was upgraded. Reload when it suits you; what you typed is kept.', {
    key: 'upgraded',
    actions: [{ label: 'Reload', onSelect: () => location.reload() }],
  })
}

function tellFault(refusal: Extract<Notice, { kind: 'server-fault' }>['refusal']): void {
  const incident = refusal.details?.incident
  const actions = incident ? [{ label: 'Copy incident', onSelect: () => void copyText(incident) }] : []
  showToast(refusalWords(refusal), { key: 'fault', tone: 'danger', actions })
}

const STORAGE_WORDS = {
  blocked:
    'This browser keeps nothing for this page, so unsent text and drafts are lost when you reload or close it. All else works.',
  full: 'This device is full, so unsent text and drafts may be lost when you reload. Free some space; all else works.',
  failed: 'This device could not keep your unsent text, so it may be lost when you reload. All else works.',
} as const

const UNDONE = {
  'post-message': 'The message was not sent.',
  'edit-message': 'The edit was not sent.',
  'delete-message': 'The message was not deleted.',
  'add-reaction': 'The reaction was not added.',
  'remove-reaction': 'The reaction was not taken back.',
} as const

function quoted(name: string | undefined): string {
  // Isolated, so that a name in another direction does not turn the sentence around.
  return name === undefined ? 'a room' : `“\u2068${name}\u2069”`
}

function isAt(roomId: RoomId): boolean {
  const at = route.peek()
  return at.screen === 'room' && at.roomId === roomId
}

function leave(roomId: RoomId): void {
  if (isAt(roomId)) navigate(LOBBY_PATH, { replace: true })
}
