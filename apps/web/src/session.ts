import { type Notice, type Refusal, RefusalError, UnreachableError } from '@parley/client'
import type { RoomId, User, UserId } from '@parley/protocol'
import { type ReadonlySignal, signal } from '@preact/signals'
import { ask as askServer } from './account/ask.ts'
import { loadInstance } from './account/instance.ts'
import { chat } from './chat.ts'
import { forget, recall, remember } from './remembered.ts'
import { navigate } from './routes.ts'

export type Session =
  | { readonly phase: 'asking' }
  /** The server is away at first load; asked again at `retryAt`. */
  | {
      readonly phase: 'unreachable'
      readonly attempt: number
      readonly retryAt: number
      /** What the server said, if it is there and does not let this page in. */
      readonly refusal: Refusal | undefined
    }
  | Outside
  | { readonly phase: 'inside' }

export interface Outside {
  readonly phase: 'outside'
  /** It was signed in a moment ago, and not the person ended that. */
  readonly hasEnded: boolean
  readonly rescued: RescuedTexts
  /** The account that it was, which comes back by its handle. */
  readonly handle: string | undefined
}

/** What was typed and not sent when a session ended, by room: it is put back into the composers after entering anew. */
export type RescuedTexts = ReadonlyMap<RoomId, string>

const NOTHING: RescuedTexts = new Map()
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 8_000

/** Stands while this browser is believed to be signed in, so that the next page need not ask before it connects. */
const INSIDE_KEY = 'parley.inside'

const current = signal<Session>({ phase: 'asking' })
export const session: ReadonlySignal<Session> = current
let retryTimer = 0
let isLeaving = false

/** Call once at start. */
export function startSession(): void {
  chat.notices.subscribe((notice: Notice) => {
    if (notice.kind === 'session-ended' && current.value.phase === 'inside' && !isLeaving) void end()
  })
  addEventListener('focus', () => void compare())
  void ask(0)
}

export function askAgainNow(): void {
  const now = current.value
  if (now.phase === 'unreachable') void ask(now.attempt)
}

/** Rejects with RefusalError or UnreachableError. */
export async function enter(name: string): Promise<void> {
  const before = current.value
  await chat.enter({ name })
  // Before any composer looks for its draft.
  if (before.phase === 'outside') await putBack(before.rescued)
  begin()
}

/** A session was made for this browser: takes it up, and goes to `path`. */
export async function arrive(path: string): Promise<void> {
  const before = current.value
  try {
    await chat.whoAmI()
  } catch (error) {
    if (!(error instanceof UnreachableError || error instanceof RefusalError)) throw error
    navigate(path, { replace: true })
    void ask(0) // The session is there; the server is asked until it says whose it is.
    return
  }
  if (before.phase === 'outside') await putBack(before.rescued)
  navigate(path, { replace: true })
  begin()
}

/** Rejects with UnreachableError: then the person is still signed in. */
export async function signOut(): Promise<void> {
  await chat.signOut()
  goOutside({ hasEnded: false, rescued: NOTHING, handle: undefined })
  navigate('/', { replace: true })
  void loadInstance()
}

/** For what ends the session by the person's own will, as deleting the account does. */
export async function leaveBy(act: () => Promise<unknown>): Promise<void> {
  isLeaving = true
  try {
    await act()
    await signOut()
  } finally {
    isLeaving = false
  }
}

/** What would be lost by signing out. */
export async function unsentTexts(): Promise<{ readonly drafts: number; readonly waiting: number }> {
  const { queued, notSent } = chat.outbox.value
  const drafts = await draftsByRoom()
  return { drafts: drafts.size, waiting: queued + notSent.length }
}

async function ask(attempt: number): Promise<void> {
  clearTimeout(retryTimer)
  if (attempt === 0) current.value = { phase: 'asking' }
  const doors = loadInstance()
  if (attempt === 0 && recall(INSIDE_KEY) !== null) chat.connect()
  try {
    const user: User | undefined = await chat.whoAmI()
    if (user) {
      begin()
      return
    }
    await doors
    goOutside({ hasEnded: false, rescued: NOTHING, handle: undefined })
  } catch (error) {
    if (!(error instanceof UnreachableError || error instanceof RefusalError)) throw error
    const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt) * (0.75 + Math.random() / 2)
    const refusal = error instanceof RefusalError ? error : undefined
    current.value = { phase: 'unreachable', attempt: attempt + 1, retryAt: Date.now() + waitMs, refusal }
    retryTimer = window.setTimeout(() => void ask(attempt + 1), waitMs)
  }
}

/**
 * All tabs share one cookie, so another may have signed in, as the same person or as somebody else. Then this page starts
 * anew: or what is asked here would be done as whom the page does not show.
 */
async function compare(): Promise<void> {
  const { phase } = current.value
  if (phase !== 'inside' && phase !== 'outside') return
  const found = await whoseCookie()
  if (found === 'unknown' || current.value.phase !== phase) return
  const shown = phase === 'inside' ? chat.me.value?.id : undefined
  if (found !== undefined && found !== shown) location.reload()
}

async function whoseCookie(): Promise<UserId | undefined | 'unknown'> {
  try {
    const { user } = (await askServer('GET', '/api/session')) as { user: User | null } // as: what this route answers
    return user?.id
  } catch (error) {
    if (error instanceof UnreachableError || error instanceof RefusalError) return 'unknown'
    throw error
  }
}

function begin(): void {
  chat.connect()
  remember(INSIDE_KEY, '')
  current.value = { phase: 'inside' }
}

function goOutside(how: Omit<Outside, 'phase'>): void {
  forget(INSIDE_KEY)
  current.value = { phase: 'outside', ...how }
}

async function end(): Promise<void> {
  const texts = new Map(await draftsByRoom())
  for (const { roomId, command } of [...chat.outbox.value.entries, ...chat.outbox.value.notSent]) {
    if (command.name === 'post-message') texts.set(roomId, joined(texts.get(roomId), command.body))
  }
  const me = chat.me.value
  const handle = me?.kind === 'account' ? me.handle : undefined
  goOutside({ hasEnded: true, rescued: texts, handle })
  void loadInstance()
}

async function putBack(texts: RescuedTexts): Promise<void> {
  for (const [roomId, text] of texts) {
    const present = await chat.drafts.get(roomId)
    if (!present.includes(text)) void chat.drafts.set(roomId, joined(text, present))
  }
}

async function draftsByRoom(): Promise<RescuedTexts> {
  const found = await Promise.all(chat.rooms.value.map(async ({ id }) => [id, await chat.drafts.get(id)] as const))
  return new Map(found.filter(([, text]) => text.trim() !== ''))
}

function joined(first: string | undefined, second: string): string {
  return [first, second].filter(Boolean).join('\n\n')
}
