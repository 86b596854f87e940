import { type Notice, type Refusal, RefusalError, UnreachableError } from '@parley/client'
import type { RoomId, User } from '@parley/protocol'
import { type ReadonlySignal, signal } from '@preact/signals'
import { chat } from './chat.ts'
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
  /** `hasEnded`: it was signed in a moment ago, and not the person ended that. */
  | { readonly phase: 'outside'; readonly hasEnded: boolean; readonly rescued: RescuedTexts }
  | { readonly phase: 'inside' }

/** What was typed and not sent when a session ended, by room: it is put back into the composers after entering anew. */
export type RescuedTexts = ReadonlyMap<RoomId, string>

const NOTHING: RescuedTexts = new Map()
const FIRST_RETRY_MS = 1_000
const LONGEST_RETRY_MS = 8_000

const current = signal<Session>({ phase: 'asking' })
export const session: ReadonlySignal<Session> = current
let retryTimer = 0

/** Call once at start. */
export function startSession(): void {
  chat.notices.subscribe((notice: Notice) => {
    if (notice.kind === 'session-ended' && current.value.phase === 'inside') void end()
  })
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

/** Rejects with UnreachableError: then the person is still signed in. */
export async function signOut(): Promise<void> {
  await chat.signOut()
  current.value = { phase: 'outside', hasEnded: false, rescued: NOTHING }
  navigate('/', { replace: true })
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
  try {
    const user: User | undefined = await chat.whoAmI()
    if (user) begin()
    else current.value = { phase: 'outside', hasEnded: false, rescued: NOTHING }
  } catch (error) {
    if (!(error instanceof UnreachableError || error instanceof RefusalError)) throw error
    const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempt) * (0.75 + Math.random() / 2)
    const refusal = error instanceof RefusalError ? error : undefined
    current.value = { phase: 'unreachable', attempt: attempt + 1, retryAt: Date.now() + waitMs, refusal }
    retryTimer = window.setTimeout(() => void ask(attempt + 1), waitMs)
  }
}

function begin(): void {
  chat.connect()
  current.value = { phase: 'inside' }
}

async function end(): Promise<void> {
  const texts = new Map(await draftsByRoom())
  for (const { roomId, command } of [...chat.outbox.value.entries, ...chat.outbox.value.notSent]) {
    if (command.name === 'post-message') texts.set(roomId, joined(texts.get(roomId), command.body))
  }
  current.value = { phase: 'outside', hasEnded: true, rescued: texts }
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
