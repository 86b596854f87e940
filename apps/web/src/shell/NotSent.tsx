import type { NotSentEntry } from '@parley/client'
import type { RefusalCode } from '@parley/protocol'
import { useState } from 'preact/hooks'
import { chat, useObservable } from '../chat.ts'
import { Button } from '../kit/Button.tsx'
import { copyText } from '../kit/copy-text.ts'
import { AlertIcon, CopyIcon, RetryIcon, TrashIcon } from '../kit/icons.tsx'
import { showToast } from '../kit/toasts.ts'
import { refusalWords } from '../refusal-words.ts'
import styles from './NotSent.module.css'
import { useToastsAbove } from './useToastsAbove.ts'

/** After these, sending the same again can only be refused again. */
const POINTLESS: readonly RefusalCode[] = ['room-closed', 'room-not-found', 'message-not-found', 'not-your-message']

/** Text that the server refused: it lies here until the person has done something about it. (SPEC F2) */
export function NotSent() {
  const { notSent } = useObservable(chat.outbox)
  const [tray, setTray] = useState<HTMLElement | null>(null)
  useToastsAbove(tray)
  if (notSent.length === 0) return null
  return (
    <section ref={setTray} class={styles.tray} aria-label="Not sent">
      <header class={styles.head}>
        <AlertIcon size="1.125rem" />
        <strong>{notSent.length === 1 ? 'Not sent' : `${notSent.length} messages not sent`}</strong>
      </header>
      <ul class={styles.list}>
        {notSent.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ul>
    </section>
  )
}

function Entry({ entry }: { readonly entry: NotSentEntry }) {
  const text = 'body' in entry.command ? entry.command.body : ''
  const roomName =
    chat.rooms.value.find((room) => room.id === entry.roomId)?.name ?? chat.rememberedRoomName(entry.roomId)
  return (
    <li class={styles.entry}>
      <div class={styles.words}>
        <p class={styles.text} dir="auto">
          {text}
        </p>
        <p class={styles.why}>
          {roomName && (
            <>
              <bdi>{roomName}</bdi>
              {': '}
            </>
          )}
          {refusalWords(entry.refusal)}
        </p>
      </div>
      <div class={styles.acts}>
        {!POINTLESS.includes(entry.refusal.code) && (
          <Button size="small" icon={<RetryIcon />} onClick={() => chat.retryNotSent(entry.id)}>
            Retry
          </Button>
        )}
        <Button size="small" icon={<CopyIcon />} onClick={() => void copy(text)}>
          Copy
        </Button>
        <Button size="small" variant="quiet" icon={<TrashIcon />} onClick={() => chat.deleteNotSent(entry.id)}>
          Delete
        </Button>
      </div>
    </li>
  )
}

async function copy(text: string): Promise<void> {
  if (await copyText(text)) showToast('Copied.', { tone: 'good', key: 'copied', durationMs: 3_000 })
  else showToast('The browser does not let this page copy. Select the text and copy it by hand.', { key: 'copied' })
}
