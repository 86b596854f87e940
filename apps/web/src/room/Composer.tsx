import type { ChatClient, RoomHandle } from '@parley/client'
import { bodyProblem, cleanBody, LIMITS, type RoomId } from '@parley/protocol'
import type { Ref } from 'preact'
import { useEffect, useImperativeHandle, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { classes } from '../kit/classes.ts'
import { counterText } from '../kit/counter.ts'
import { IconButton } from '../kit/IconButton.tsx'
import { ClockIcon, SendIcon, SmileIcon } from '../kit/icons.tsx'
import { TextArea } from '../kit/TextArea.tsx'
import { refusalWords } from '../refusal-words.ts'
import { lazy } from '../shell/lazy.tsx'
import { useCountdown } from '../shell/useCountdown.ts'
import styles from './Composer.module.css'
import { leftWords, slowWords } from './posting.ts'
import { isPlainEnter, isSendChord } from './send-key.ts'
import { useDraft } from './useDraft.ts'
import { useMaxRows } from './useMaxRows.ts'

const EmojiPicker = lazy(
  () => import('../kit/EmojiPicker.tsx').then((module) => module.EmojiPicker),
  () => undefined,
)

export interface ComposerHandle {
  focus(): void
}

export interface ComposerProps {
  readonly chat: ChatClient
  readonly handle: RoomHandle
  readonly roomId: RoomId
  readonly roomName: string | undefined
  /** How long the pause between two messages is; 0: none. */
  readonly slowSeconds: number
  /** In slow mode: when the next message may go, epoch ms. */
  readonly waitUntil: number | undefined
  /** Answers false when there is nothing of one's own to edit. */
  readonly editLastOwn: () => boolean
  /** Whoever says something goes to where talk goes on. */
  readonly onSent: () => void
  readonly composerRef: Ref<ComposerHandle>
}

/** On a keyboard of glass Enter begins a new line, as everywhere there; the button sends. */
const isTouch = matchMedia('(pointer: coarse) and (hover: none)')

export function Composer(props: ComposerProps) {
  const { chat, handle, roomId, roomName, slowSeconds, waitUntil, editLastOwn, onSent, composerRef } = props
  const [text, setText] = useDraft(chat, roomId)
  const [problem, setProblem] = useState<string>()
  const [anchor, setAnchor] = useState<HTMLElement>()
  const area = useRef<HTMLTextAreaElement>(null)
  const maxRows = useMaxRows()
  const counter = counterText(text.length, LIMITS.messageLength)
  const isEmpty = text.trim() === ''
  const leftMs = useCountdown(
    waitUntil !== undefined && waitUntil > Date.now() ? waitUntil : undefined,
    () => undefined,
  )
  const isPausing = leftMs > 0

  useImperativeHandle(composerRef, () => ({ focus: () => area.current?.focus({ preventScroll: true }) }), [])
  useLayoutEffect(() => {
    // On phones it would raise the keyboard over what one came to read.
    if (!isTouch.matches) area.current?.focus({ preventScroll: true })
  }, [])
  useEffect(() => () => handle.setTyping(false), [handle])

  const change = (value: string): void => {
    setText(value)
    setProblem(undefined)
    handle.setTyping(value.trim() !== '')
  }
  const send = (): void => {
    const body = cleanBody(text)
    const code = bodyProblem(body)
    if (body === '' || isPausing) return
    if (code) {
      setProblem(refusalWords({ code, message: '', retryAfterMs: undefined, details: undefined }))
      return
    }
    handle.postMessage({ body })
    setText('', { isSent: true })
    onSent()
    setProblem(undefined)
  }
  const insert = (emoji: string): void => {
    const element = area.current
    if (!element) return
    element.focus()
    const { selectionStart: from, selectionEnd: to } = element
    const next = text.slice(0, from) + emoji + text.slice(to)
    change(next)
    // After the render that puts the text into the box.
    requestAnimationFrame(() => element.setSelectionRange(from + emoji.length, from + emoji.length))
  }

  return (
    <form
      class={styles.composer}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <div class={classes(styles.box, problem && styles.wrong)}>
        <IconButton
          label="Emoji"
          class={styles.button}
          icon={<SmileIcon />}
          aria-expanded={anchor !== undefined}
          onPointerEnter={() => EmojiPicker.preload()}
          onClick={(event) => setAnchor(anchor ? undefined : event.currentTarget)}
        />
        <TextArea
          label="Message"
          class={styles.area}
          placeholder={placeholderFor(roomName)}
          value={text}
          maxRows={maxRows}
          areaRef={area}
          enterkeyhint={isTouch.matches ? 'enter' : 'send'}
          aria-invalid={problem ? 'true' : undefined}
          aria-describedby={problem ? 'composer-problem' : undefined}
          onInput={change}
          onKeyDown={(event) => {
            if (isSendChord(event) || (isPlainEnter(event) && !isTouch.matches)) {
              event.preventDefault()
              send()
            } else if (event.key === 'ArrowUp' && text === '' && !event.isComposing && isBare(event)) {
              if (editLastOwn()) event.preventDefault()
            }
          }}
        />
        <IconButton
          label="Send"
          type="submit"
          variant={isEmpty || isPausing ? 'quiet' : 'primary'}
          class={styles.button}
          icon={<SendIcon />}
          aria-disabled={isEmpty || isPausing}
          // The focus, and with it the keyboard of a phone, stays with the text.
          onPointerDown={(event) => event.preventDefault()}
        />
      </div>
      <div class={styles.foot}>
        <span id="composer-problem" class={styles.problem} role="alert">
          {problem}
        </span>
        {slowSeconds > 0 && !problem && (
          <span class={styles.slow}>
            <ClockIcon size="0.875rem" />
            {isPausing ? (
              <>
                Slow mode: next message in <span class="tabular">{leftWords(leftMs)}</span>
              </>
            ) : (
              `Slow mode: one message every ${slowWords(slowSeconds)}`
            )}
          </span>
        )}
        {counter && <span class={counter.isOver ? styles.over : styles.counter}>{counter.text}</span>}
      </div>
      {anchor && (
        <EmojiPicker anchor={anchor} placement="top-start" onPick={insert} onClose={() => setAnchor(undefined)} />
      )}
    </form>
  )
}

/** A text area has no ellipsis for what does not fit. */
function placeholderFor(roomName: string | undefined): string {
  return roomName === undefined || roomName.length > 24 ? 'Message' : `Message \u2068${roomName}\u2069`
}

function isBare(event: KeyboardEvent): boolean {
  return !event.shiftKey && !event.altKey && !event.ctrlKey && !event.metaKey
}
