import { type Refusal, RefusalError } from '@parley/client'
import { cleanName, LIMITS, type RefusalCode, roomNameProblem, topicProblem } from '@parley/protocol'
import { useRef, useState } from 'preact/hooks'
import { chat, useObservable } from '../chat.ts'
import { Button } from '../kit/Button.tsx'
import { Dialog } from '../kit/Dialog.tsx'
import { FormError } from '../kit/FormError.tsx'
import { TextField } from '../kit/TextField.tsx'
import { refusalWords, secondsWords } from '../refusal-words.ts'
import { navigate, roomPath } from '../routes.ts'
import { useCountdown } from '../shell/useCountdown.ts'

interface Problems {
  readonly name?: string | undefined
  readonly topic?: string | undefined
  readonly other?: string | undefined
}

export function NewRoomDialog({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('')
  const [topic, setTopic] = useState('')
  const [problems, setProblems] = useState<Problems>({})
  const [isBusy, setBusy] = useState(false)
  const [waitUntil, setWaitUntil] = useState<number>()
  const nameField = useRef<HTMLInputElement>(null)
  const topicField = useRef<HTMLInputElement>(null)
  const isLive = useObservable(chat.connection).phase === 'live'

  const show = (found: Problems): void => {
    setProblems(found)
    if (found.name) nameField.current?.focus()
    else if (found.topic) topicField.current?.focus()
  }
  const create = async (): Promise<void> => {
    const input = { name: cleanName(name), topic: cleanName(topic) }
    const found = problemsOf(input)
    show(found)
    if (found.name || found.topic) return
    setBusy(true)
    setWaitUntil(undefined)
    try {
      const { roomId } = await chat.createRoom(input.topic ? input : { name: input.name })
      onClose()
      navigate(roomPath(roomId))
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error
      if (error.code === 'busy') {
        setWaitUntil(Date.now() + (error.retryAfterMs ?? 2_000))
        return
      }
      setBusy(false)
      show(placed(error))
    }
  }
  const leftMs = useCountdown(waitUntil, () => void create())

  return (
    <Dialog
      title="New room"
      busy={isBusy && isLive}
      onClose={onClose}
      onSubmit={() => void create()}
      footer={
        <>
          <Button onClick={onClose} disabled={isBusy && isLive}>
            Cancel
          </Button>
          <Button type="submit" variant="primary" busy={isBusy}>
            Create
          </Button>
        </>
      }
    >
      <TextField
        label="Room name"
        autoFocus
        required
        autoComplete="off"
        limit={LIMITS.roomNameLength}
        value={name}
        readOnly={isBusy}
        inputRef={nameField}
        error={problems.name}
        onInput={(value) => {
          setName(value)
          setProblems({ ...problems, name: undefined, other: undefined })
        }}
      />
      <TextField
        label="Topic"
        autoComplete="off"
        limit={LIMITS.topicLength}
        value={topic}
        readOnly={isBusy}
        inputRef={topicField}
        hint="What is talked about here. It can be changed later."
        error={problems.topic}
        onInput={(value) => {
          setTopic(value)
          setProblems({ ...problems, topic: undefined, other: undefined })
        }}
      />
      {problems.other && <FormError>{problems.other}</FormError>}
      {isBusy && waitUntil !== undefined && (
        <p role="status">
          Many rooms are being made just now. Trying again in <span class="tabular">{secondsWords(leftMs)}</span>.
        </p>
      )}
      {isBusy && !isLive && <p role="status">You are offline. The room is made as soon as you are back.</p>}
    </Dialog>
  )
}

function problemsOf({ name, topic }: { readonly name: string; readonly topic: string }): Problems {
  return { name: words(roomNameProblem(name)), topic: words(topicProblem(topic)) }
}

function words(code: RefusalCode | undefined): string | undefined {
  return code && refusalWords({ code, message: '', retryAfterMs: undefined, details: undefined })
}

/** Beside the field that it is about. */
function placed(refusal: Refusal): Problems {
  const said = refusalWords(refusal)
  if (refusal.code.startsWith('room-name-')) return { name: said }
  return refusal.code === 'topic-too-long' ? { topic: said } : { other: said }
}
