import { type ChatClient, nameOf, RefusalError } from '@parley/client'
import type { User } from '@parley/protocol'
import { useState } from 'preact/hooks'
import { Button } from '../kit/Button.tsx'
import { EyeOffIcon, InfoIcon, LockIcon, MuteIcon } from '../kit/icons.tsx'
import { showToast } from '../kit/toasts.ts'
import { refusalWords } from '../refusal-words.ts'
import { exactTime } from '../shell/time-words.ts'
import styles from './ComposerNotice.module.css'
import type { Posting } from './posting.ts'

export interface ComposerNoticeProps {
  readonly chat: ChatClient
  readonly posting: Exclude<Posting, { kind: 'free' }>
  readonly peer: User | undefined
}

/** Stands where one would write, and says why one can not. */
export function ComposerNotice({ chat, posting, peer }: ComposerNoticeProps) {
  return (
    <div class={styles.place} role="status">
      <Words chat={chat} posting={posting} peer={peer} />
    </div>
  )
}

function Words({ chat, posting, peer }: ComposerNoticeProps) {
  switch (posting.kind) {
    case 'muted':
      return (
        <>
          <MuteIcon />
          <span>
            {posting.until === undefined
              ? 'You are muted in this room. You can go on reading.'
              : `You are muted in this room until ${exactTime(posting.until)}. You can go on reading.`}
          </span>
        </>
      )
    case 'read-only':
      return (
        <>
          <LockIcon />
          <span>This room is read-only: its owner and moderators post here.</span>
        </>
      )
    case 'deleted-peer':
      return (
        <>
          <InfoIcon />
          <span>This person deleted their account. What was said stays here.</span>
        </>
      )
    case 'blocked-peer':
      return peer ? <Blocked chat={chat} peer={peer} /> : null
  }
}

function Blocked({ chat, peer }: { readonly chat: ChatClient; readonly peer: User }) {
  const [isBusy, setBusy] = useState(false)
  const unblock = async (): Promise<void> => {
    setBusy(true)
    try {
      await chat.unblockPerson(peer.id)
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error
      showToast(refusalWords(error), { tone: 'danger' })
      setBusy(false)
    }
  }
  return (
    <>
      <EyeOffIcon />
      <span>
        You block <bdi>{nameOf(peer)}</bdi>. Unblock them to write.
      </span>
      <Button size="small" busy={isBusy} onClick={() => void unblock()}>
        Unblock
      </Button>
    </>
  )
}
