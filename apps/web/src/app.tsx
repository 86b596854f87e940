import type { Refusal } from '@parley/client'
import type { RoomId } from '@parley/protocol'
import { useEffect, useState } from 'preact/hooks'
import { chat, useObservable } from './chat.ts'
import { ErrorBoundary } from './errors/ErrorBoundary.tsx'
import { NotFound } from './errors/NotFound.tsx'
import { RoomRefused } from './errors/RoomRefused.tsx'
import { LiveRegion } from './kit/LiveRegion.tsx'
import { Spinner } from './kit/Spinner.tsx'
import { ToastRegion } from './kit/ToastRegion.tsx'
import { Lobby } from './lobby/Lobby.tsx'
import { RoomScreen } from './room/RoomScreen.tsx'
import { LOBBY_PATH, navigate, type Route, roomPath, route } from './routes.ts'
import { session } from './session.ts'
import { Layers } from './shell/Layers.tsx'
import { leaveClosedRoom } from './shell/notices.ts'
import { Place } from './shell/Place.tsx'
import { Shell } from './shell/Shell.tsx'
import { ServerAway } from './sign-in/ServerAway.tsx'
import { SignIn } from './sign-in/SignIn.tsx'

export function App() {
  return (
    <ErrorBoundary isPage>
      <Outside />
      <ToastRegion />
      <LiveRegion />
    </ErrorBoundary>
  )
}

function Outside() {
  const now = session.value
  switch (now.phase) {
    case 'asking':
      return null // A moment; a spinner would only flash.
    case 'unreachable':
      return <ServerAway key={now.retryAt} retryAt={now.retryAt} refusal={now.refusal} />
    case 'outside':
      return <SignIn session={now} />
    case 'inside':
      return <Inside />
  }
}

function Inside() {
  const at = route.value
  return (
    <>
      <Shell>
        {/* Another screen is another chance. */}
        <ErrorBoundary key={at.screen === 'room' ? at.roomId : at.screen}>
          <Screen at={at} />
        </ErrorBoundary>
      </Shell>
      <Layers />
    </>
  )
}

function Screen({ at }: { readonly at: Route }) {
  switch (at.screen) {
    case 'start':
      return <Start />
    case 'lobby':
      return <Lobby />
    case 'room':
      return <RoomPlace key={at.roomId} roomId={at.roomId} />
    case 'unknown':
      return <NotFound />
  }
}

/** `/` leads to where the person was last, which the server says. (SPEC G4) */
function Start() {
  const isGreeted = useObservable(chat.isGreeted)
  const lastRoomId = useObservable(chat.lastRoomId)
  useEffect(() => {
    if (isGreeted) navigate(lastRoomId ? roomPath(lastRoomId) : LOBBY_PATH, { replace: true })
  }, [isGreeted, lastRoomId])
  return (
    <Place>
      <Spinner size="2rem" label="Opening" />
    </Place>
  )
}

/** A room, or why it can not be shown. What was refused stays refused until one goes elsewhere. */
function RoomPlace({ roomId }: { readonly roomId: RoomId }) {
  const view = useObservable(chat.room(roomId).view)
  const [refused, setRefused] = useState<Refusal>()
  useEffect(() => {
    if (view?.phase !== 'closed') return
    const { code, message, details } = view
    if (code === 'room-closed') leaveClosedRoom(roomId, details?.closedAt)
    else if (code === 'not-a-member') navigate(LOBBY_PATH, { replace: true })
    else setRefused({ code, message, details, retryAfterMs: undefined })
  }, [view])
  if (refused) return <RoomRefused refusal={refused} />
  return <RoomScreen chat={chat} roomId={roomId} />
}
