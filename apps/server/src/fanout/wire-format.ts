import type { Publication } from '../rules/publication.ts'
import type { InstanceId, PeerMessage } from './peers.ts'

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

/** Undefined for what a newer instance says and this one does not know yet. Errors: not one of ours. */
export function decodePublication(message: Buffer): Publication | undefined {
  const publication: unknown = JSON.parse(message.toString('utf8', ID_LENGTH + 1))
  if (typeof publication !== 'object' || publication === null || !('kind' in publication))
    throw new Error('No publication.')
  const { kind } = publication
  // as: only instances of this deployment write to these channels
  return typeof kind === 'string' && Object.hasOwn(KINDS, kind) ? (publication as Publication) : undefined
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

export function decodeLetter(message: Buffer): PeerLetter {
  const text = message.toString('utf8')
  const from = text.slice(0, ID_LENGTH) as InstanceId // as: `encodeLetter` put it there
  const [count, lost, content]: [number, number, PeerLetter['content']] = JSON.parse(text.slice(ID_LENGTH + 1))
  return { from, count, lost, content }
}
