import type { ChatClient } from '@parley/client'
import type { Room, RoomRole } from '@parley/protocol'
import { useEffect, useState } from 'preact/hooks'
import { lazy } from '../shell/lazy.tsx'
import { tellNotLoaded } from '../shell/notices.ts'
import type { Asked } from './asked.ts'
import { closeCard, shownCard, watchPeople } from './card-state.ts'

const PersonCard = lazy(
  () => import('./PersonCard.tsx').then((module) => module.PersonCard),
  () => {
    closeCard()
    tellNotLoaded()
  },
)
const PersonDialog = lazy(() => import('./PersonDialog.tsx').then((module) => module.PersonDialog), tellNotLoaded)

export interface PersonCardsProps {
  readonly chat: ChatClient
  /** The open room, where what I may do with somebody depends on what we both are in it. */
  readonly room?: Room | undefined
  readonly role?: RoomRole | undefined
}

/** Where cards of people open on this screen, and what is asked before something is done to somebody. */
export function PersonCards({ chat, room, role }: PersonCardsProps) {
  const [asked, setAsked] = useState<Asked>()
  useEffect(watchPeople, [])
  const shown = shownCard.value
  return (
    <>
      {shown && (
        <PersonCard
          key={shown.userId}
          chat={chat}
          shown={shown}
          room={room}
          role={role ?? 'member'}
          onAsk={(what) => {
            shown.anchor.focus() // The dialog gives the focus back to whoever had it.
            closeCard()
            setAsked(what)
          }}
        />
      )}
      {asked && <PersonDialog chat={chat} asked={asked} onClose={() => setAsked(undefined)} />}
    </>
  )
}
