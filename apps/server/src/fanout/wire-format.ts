import type { InstanceId } from '../rules/instance-id.ts'
import type { Publication } from '../rules/publication.ts'
import type { PeerMessage } from './peers.ts'

// One text per message: who says it, a space, and then JSON. Who it is stands in front, so that an instance knows its own
// words again without reading them.

const ID_LENGTH = 36

export function encodePublication(self: InstanceId, publication: Publication): string {
  return `${self} ${JSON.stringify(publication)}`
}

export function isFrom(self: Buffer, message: Buffer): boolean {
  return message.compare(self, 0, ID_LENGTH, 0, ID_LENGTH) === 0
}

const KINDS: Readonly<Record<Publication['kind'], true>> = {
  events: true,
  'room-closed': true,
  marker: true,
  profile: true,
  standing: true,
  blocks: true,
  'session-ended': true,
  typing: true,
  listed: true,
}

/**
 * Undefined for what a newer instance says and this one does not know yet. Errors: not one of ours. Looks only at what the order
 * of a stream hangs on: whoever may write to Redis is believed like an instance, and this guards against mistakes.
 */
export function decodePublication(message: Buffer): Publication | undefined {
  const publication: unknown = JSON.parse(message.toString('utf8', ID_LENGTH + 1))
  if (typeof publication !== 'object' || publication === null || !('kind' in publication))
    throw new Error('No publication.')
  const { kind } = publication
  if (typeof kind !== 'string') throw new Error('No publication.')
  if (!Object.hasOwn(KINDS, kind)) return undefined
  if (kind === 'events' && !isRun(publication)) throw new Error('No run of events.')
  // as: only instances of this deployment write to these channels
  return publication as Publication
}

function isRun(publication: object): boolean {
  if (!('events' in publication) || !('users' in publication)) return false
  const { events, users } = publication
  if (!Array.isArray(events) || !Array.isArray(users) || events.length === 0) return false
  const first: unknown = events[0]?.seq
  return Number.isSafeInteger(first) && events.every((event, index) => event?.seq === Number(first) + index)
}

/** What one instance says to others of itself. */
export interface PeerLetter {
  readonly from: InstanceId
  /** Counts what it says to all, so that a hole shows. */
  readonly count: number
  /** How many of its words never left it. */
  readonly lost: number
  readonly content: 'beat' | 'goodbye' | PeerMessage
}

export function encodeLetter({ from, count, lost, content }: PeerLetter): string {
  return `${from} ${JSON.stringify([count, lost, content])}`
}

/** Errors: not one of ours. */
export function decodeLetter(message: Buffer): PeerLetter {
  const text = message.toString('utf8')
  const from = text.slice(0, ID_LENGTH) as InstanceId // as: `encodeLetter` put it there
  const [count, lost, content]: [unknown, unknown, unknown] = JSON.parse(text.slice(ID_LENGTH + 1))
  if (typeof count !== 'number' || typeof lost !== 'number' || !isContent(content)) throw new Error('No letter.')
  return { from, count, lost, content }
}

function isContent(content: unknown): content is PeerLetter['content'] {
  if (typeof content === 'string') return content === 'beat' || content === 'goodbye'
  return typeof content === 'object' && content !== null && 'kind' in content && typeof content.kind === 'string'
}
