import type { Refusal } from '@parley/client'
import { EmptyState } from '../kit/EmptyState.tsx'
import { refusalWords } from '../refusal-words.ts'
import { Place } from '../shell/Place.tsx'
import { ToLobby } from './NotFound.tsx'

/** The room at this address can not be shown. */
export function RoomRefused({ refusal }: { readonly refusal: Refusal }) {
  const isMissing = refusal.code === 'room-not-found'
  return (
    <Place>
      <EmptyState level={1} title={isMissing ? 'Room not found' : 'This room can not be opened'} action={<ToLobby />}>
        {refusalWords(refusal)}
        {isMissing && ' The link may be old or mistyped.'}
      </EmptyState>
    </Place>
  )
}
