import type { Refusal } from '@parley/client'
import type { RoomId } from '@parley/protocol'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import { instance } from './account/instance.ts'
import { rememberWay } from './account/way-back.ts'
import { chat, useObservable } from './chat.ts'
import { ErrorBoundary } from './errors/ErrorBoundary.tsx'
import { NotFound } from './errors/NotFound.tsx'
import { RoomRefused } from './errors/RoomRefused.tsx'
import { LiveRegion } from './kit/LiveRegion.tsx'
import { Spinner } from './kit/Spinner.tsx'
import { ToastRegion } from './kit/ToastRegion.tsx'
import { showToast } from './kit/toasts.ts'
import { Lobby } from './lobby/Lobby.tsx'
import { RoomScreen } from './room/RoomScreen.tsx'
import {
  type AdminSection,
  type Door,
  isDoor,
  LOBBY_PATH,
  navigate,
  type Route,
  roomPath,
  route,
  type SettingsSection,
} from './routes.ts'
import { type Outside, session } from './session.ts'
import { Layers } from './shell/Layers.tsx'
import { showLayer } from './shell/layers.ts'
import { lazy } from './shell/lazy.tsx'
import { leaveClosedRoom, tellNotLoaded } from './shell/notices.ts'
import { Place } from './shell/Place.tsx'
import { Shell } from './shell/Shell.tsx'
import { takeConfirmed, takeErrorWords } from './sign-in/error-words.ts'
import { ServerAway } from './sign-in/ServerAway.tsx'
import { SignIn } from './sign-in/SignIn.tsx'
import { Welcome } from './sign-in/Welcome.tsx'

const Doors = lazy(() => import('./sign-in/Doors.tsx').then((module) => module.Doors), tellNotLoaded)
const Admin = lazy(() => import('./admin/Admin.tsx').then((module) => module.Admin), tellNotLoaded)

export function App() {
  return (
    <ErrorBoundary isPage>
      <Page />
      <ToastRegion />
      <LiveRegion />
    </ErrorBoundary>
  )
}

function Page() {
  const now = session.value
  switch (now.phase) {
    case 'asking':
      return null // A moment; a spinner would only flash.
    case 'unreachable':
      return <ServerAway key={now.retryAt} retryAt={now.retryAt} refusal={now.refusal} />
    case 'outside':
      return <OutsideScreen session={now} />
    case 'inside':
      return <Inside />
  }
}

/** A name and Enter first, where guests are welcome; everything else is a step away and fetched for it. */
function OutsideScreen({ session }: { readonly session: Outside }) {
  const at = route.value
  const door = doorOf(at, session)
  useEffect(() => {
    if (!isDoor(at)) rememberWay(location.pathname)
  }, [at])
  useEffect(() => {
    const timer = setTimeout(() => Doors.preload(), 1_500)
    return () => clearTimeout(timer)
  }, [])
  return <Welcome>{door ? <Doors key={door} door={door} outside={session} /> : <SignIn session={session} />}</Welcome>
}

function doorOf(at: Route, session: Outside): Door | undefined {
  if (isDoor(at)) return at.screen
  const { guests, signUp } = instance.value
  if (!guests || signUp === 'invitation') return 'sign-in'
  // An account whose session ended comes back by its password; the first page is still everybody's.
  return session.handle !== undefined && at.screen !== 'start' ? 'sign-in' : undefined
}

function Inside() {
  const at = route.value
  if (at.screen === 'join' || at.screen === 'set-up') {
    return (
      <Welcome>
        <Doors key={at.screen} door={at.screen} outside={undefined} />
      </Welcome>
    )
  }
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
    case 'admin':
      return <AdminPlace section={at.section} />
    case 'settings':
      return <SettingsPlace section={at.section} />
    case 'sign-in':
    case 'register':
    case 'join':
    case 'set-up':
    case 'choose-name':
      return <InsideAlready door={at.screen} />
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

/** For whom it is not there, it is like any address that leads nowhere. */
function AdminPlace({ section }: { readonly section: AdminSection }) {
  const me = useObservable(chat.me)
  return me?.role === undefined ? <NotFound /> : <Admin section={section} />
}

/** The settings lie over wherever one is. */
function SettingsPlace({ section }: { readonly section: SettingsSection }) {
  // Before `Start` goes elsewhere: the address tells what became of it.
  useLayoutEffect(() => {
    tellError()
    showLayer(section)
  }, [section])
  return <Start />
}

/** What became of the way over a provider, if it is that what one comes back from. */
function tellError(): void {
  const words = takeErrorWords()
  if (words) showToast(words, { tone: 'danger' })
  else if (takeConfirmed()) showToast('Confirmed. For five minutes you can change how you sign in.', { tone: 'good' })
}

/** There is nothing to sign in to for somebody who is in: a guest may want to keep the name. */
function InsideAlready({ door }: { readonly door: Door }) {
  useEffect(() => {
    tellError()
    const isGuest = chat.me.value?.kind === 'guest'
    navigate(door === 'register' && isGuest ? '/settings/account' : '/', { replace: true })
  }, [door])
  return <Place>{null}</Place>
}

/** A room, or why it can not be shown. What was refused stays refused until one goes elsewhere, or is let in. */
function RoomPlace({ roomId }: { readonly roomId: RoomId }) {
  const view = useObservable(chat.room(roomId).view)
  const [refused, setRefused] = useState<Refusal>()
  const isMine = useObservable(chat.rooms).some((mine) => mine.id === roomId)
  // Somebody who was added meanwhile need not go away and come back.
  useEffect(() => {
    if (isMine) setRefused(undefined)
  }, [isMine])
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
