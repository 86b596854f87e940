import type { LobbyRoom } from '@parley/protocol'
import { timeAgo } from '../shell/time-words.ts'

export function hereWords(occupants: number): string {
  return `${occupants.toLocaleString()} here`
}

/** What a link to a room is called: its name first, then all that stands beside it. */
export function linkWords(room: LobbyRoom, now: number, isMine = false): string {
  const isActive = room.occupants > 0
  const parts = [
    room.name,
    room.topic,
    isActive && `active, ${hereWords(room.occupants)}${facesWords(room)}`,
    isMine && 'joined',
    `last activity ${timeAgo(room.lastActivityAt, now)}`,
  ]
  return parts.filter(Boolean).join(', ')
}

/** ": Ann, Bo and 3 others"; nothing when nobody's name is known. */
function facesWords({ faces, occupants }: Pick<LobbyRoom, 'faces' | 'occupants'>): string {
  if (faces.length === 0) return ''
  const names = faces.map((person) => person.displayName)
  const more = occupants - faces.length
  if (more > 0) return `: ${names.join(', ')} and ${more === 1 ? '1 other' : `${more} others`}`
  const last = names.at(-1)
  return names.length === 1 ? `: ${last}` : `: ${names.slice(0, -1).join(', ')} and ${last}`
}
