import { nameOf } from '@parley/client'
import type { LobbyRoom } from '@parley/protocol'

export function hereWords(occupants: number): string {
  return `${occupants.toLocaleString()} here`
}

/** "Ann, Bo and 3 others"; nothing when nobody's name is known. */
export function facesWords({ faces, occupants }: Pick<LobbyRoom, 'faces' | 'occupants'>): string {
  if (faces.length === 0) return ''
  const names = faces.map(nameOf)
  const more = occupants - faces.length
  if (more > 0) return `${names.join(', ')} and ${more === 1 ? '1 other' : `${more} others`}`
  const last = names.at(-1)
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${last}` : (last ?? '')
}
