import { z } from 'zod'
import { roomId } from './entities.ts'
import type { RoomId } from './ids.ts'

/** What a connection looks at: one place at a time. */
export const place = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('lobby') }),
  z.object({ kind: z.literal('room'), roomId }),
])
export type Place = { readonly kind: 'lobby' } | { readonly kind: 'room'; readonly roomId: RoomId }
