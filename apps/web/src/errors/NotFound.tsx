import { buttonClass } from '../kit/Button.tsx'
import { EmptyState } from '../kit/EmptyState.tsx'
import { LOBBY_PATH } from '../routes.ts'
import { Place } from '../shell/Place.tsx'

export function NotFound() {
  return (
    <Place>
      <EmptyState level={1} title="Page not found" action={<ToLobby />}>
        There is nothing at this address. The link may be old or mistyped.
      </EmptyState>
    </Place>
  )
}

export function ToLobby() {
  return (
    <a class={buttonClass('primary')} href={LOBBY_PATH}>
      Go to the lobby
    </a>
  )
}
