import type { ConnectionState } from '@parley/client'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { chat, useObservable } from '../chat.ts'
import { Banner } from '../kit/Banner.tsx'
import { Button } from '../kit/Button.tsx'
import { CheckIcon, OfflineIcon } from '../kit/icons.tsx'
import { announce } from '../kit/LiveRegion.tsx'
import { Spinner } from '../kit/Spinner.tsx'

const SILENT_MS = 2_000
const LONG_MS = 10_000
const BACK_MS = 1_800

type Sight = 'nothing' | 'reconnecting' | 'offline' | 'back'

/** Nothing for two seconds, then a slim word, after ten seconds what waits and "Try now"; briefly the good news. */
export function ConnectionBanner() {
  const state = useObservable(chat.connection)
  const { queued } = useObservable(chat.outbox)
  const sight = useSight(state)
  useSpoken(sight)
  if (state.phase === 'ended' && state.reason !== 'session-ended' && state.reason !== 'not-signed-in') {
    return <TooOld />
  }
  switch (sight) {
    case 'nothing':
      return null
    case 'reconnecting':
      return <Banner icon={<Spinner size="1rem" />}>Reconnecting…</Banner>
    case 'offline':
      return (
        <Banner icon={<OfflineIcon size="1.125rem" />} action={<TryNow />}>
          {`Offline, ${queued} queued`}
        </Banner>
      )
    case 'back':
      return <Banner icon={<CheckIcon size="1.125rem" />}>Connected again</Banner>
  }
}

function TryNow() {
  const button = useRef<HTMLButtonElement>(null)
  // It goes as soon as the server is back, and must not take the focus with it.
  useLayoutEffect(() => {
    const own = button.current
    return () => {
      if (own === document.activeElement) document.getElementById('screen')?.focus({ preventScroll: true })
    }
  }, [])
  return (
    <Button variant="quiet" size="small" buttonRef={button} onClick={() => chat.retryNow()}>
      Try now
    </Button>
  )
}

function TooOld() {
  return (
    <Banner
      tone="danger"
      action={
        <Button variant="quiet" size="small" onClick={() => location.reload()}>
          Reload
        </Button>
      }
    >
      This page is of another version than the server. Your text is kept; reload to go on.
    </Banner>
  )
}

function useSight(state: ConnectionState): Sight {
  const [sight, setSight] = useState<Sight>('nothing')
  const isLive = state.phase === 'live'
  const isLost = state.phase === 'offline' || state.phase === 'greeting'
  useEffect(() => {
    if (isLive) {
      setSight((before) => (before === 'nothing' ? 'nothing' : 'back'))
      const timer = setTimeout(() => setSight('nothing'), BACK_MS)
      return () => clearTimeout(timer)
    }
    if (!isLost) {
      setSight('nothing')
      return
    }
    const lostForMs = Date.now() - state.since
    const timers = [
      setTimeout(() => setSight('reconnecting'), Math.max(0, SILENT_MS - lostForMs)),
      setTimeout(() => setSight('offline'), Math.max(0, LONG_MS - lostForMs)),
    ]
    return () => timers.forEach(clearTimeout)
  }, [isLive, isLost, state.since])
  return sight
}

function useSpoken(sight: Sight): void {
  const before = useRef<Sight>('nothing')
  useEffect(() => {
    if (sight === 'reconnecting' && before.current === 'nothing') announce('The connection is lost. Reconnecting.')
    if (sight === 'offline') announce('Offline. What you send is queued.')
    if (sight === 'back') announce('Connected again.')
    before.current = sight
  }, [sight])
}
