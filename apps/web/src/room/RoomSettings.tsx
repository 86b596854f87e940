import { type ChatClient, RefusalError } from '@parley/client'
import { cleanName, LIMITS, type RefusalCode, type Room, roomNameProblem, topicProblem } from '@parley/protocol'
import { useRef, useState } from 'preact/hooks'
import { Button } from '../kit/Button.tsx'
import { ConfirmDialog } from '../kit/ConfirmDialog.tsx'
import { Dialog } from '../kit/Dialog.tsx'
import { FormError } from '../kit/FormError.tsx'
import { TextField } from '../kit/TextField.tsx'
import { refusalWords } from '../refusal-words.ts'
import styles from './RoomSettings.module.css'

export interface RoomSettingsProps {
  readonly chat: ChatClient
  readonly room: Room
  readonly onClose: () => void
}

interface Problems {
  readonly name?: string | undefined
  readonly topic?: string | undefined
  readonly other?: string | undefined
}

/** What the one who administers a room may change about it, and its end. */
export function RoomSettings({ chat, room, onClose }: RoomSettingsProps) {
  const [name, setName] = useState(room.name)
  const [topic, setTopic] = useState(room.topic)
  const [problems, setProblems] = useState<Problems>({})
  const [isBusy, setBusy] = useState(false)
  const [isClosing, setClosing] = useState(false)
  const nameField = useRef<HTMLInputElement>(null)
  const topicField = useRef<HTMLInputElement>(null)

  const show = (found: Problems): void => {
    setProblems(found)
    if (found.name) nameField.current?.focus()
    else if (found.topic) topicField.current?.focus()
  }
  const save = async (): Promise<void> => {
    const wanted = { name: cleanName(name), topic: cleanName(topic) }
    const found = { name: words(roomNameProblem(wanted.name)), topic: words(topicProblem(wanted.topic)) }
    show(found)
    if (found.name || found.topic) return
    setBusy(true)
    try {
      if (wanted.name !== room.name) await chat.renameRoom(room.id, wanted.name)
      if (wanted.topic !== room.topic) await chat.changeTopic(room.id, wanted.topic)
      onClose()
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error
      setBusy(false)
      show(placed(error))
    }
  }

  if (isClosing) return <CloseRoom chat={chat} room={room} onCancel={() => setClosing(false)} onClosed={onClose} />
  return (
    <Dialog
      title="Room settings"
      busy={isBusy}
      onClose={onClose}
      onSubmit={() => void save()}
      footer={
        <>
          <Button disabled={isBusy} onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" variant="primary" busy={isBusy}>
            Save
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
        error={problems.topic}
        onInput={(value) => {
          setTopic(value)
          setProblems({ ...problems, topic: undefined, other: undefined })
        }}
      />
      {problems.other && <FormError>{problems.other}</FormError>}
      <div class={styles.end}>
        <p>Closing erases the room and everything said in it, for everybody.</p>
        <Button size="small" class={styles.close} disabled={isBusy} onClick={() => setClosing(true)}>
          Close room
        </Button>
      </div>
    </Dialog>
  )
}

interface CloseRoomProps {
  readonly chat: ChatClient
  readonly room: Room
  readonly onCancel: () => void
  readonly onClosed: () => void
}

function CloseRoom({ chat, room, onCancel, onClosed }: CloseRoomProps) {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const close = async (): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    try {
      await chat.closeRoom(room.id)
      onClosed()
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error
      setBusy(false)
      setProblem(refusalWords(error))
    }
  }
  return (
    <ConfirmDialog
      title={`Close “\u2068${room.name}\u2069” permanently?`}
      confirmLabel="Close room permanently"
      busy={isBusy}
      error={problem}
      onConfirm={() => void close()}
      onCancel={onCancel}
    >
      Everybody in it is moved to the lobby, and all its messages and reactions are erased for good. Nobody can bring
      them back, not even whoever runs this server.
    </ConfirmDialog>
  )
}

function words(code: RefusalCode | undefined): string | undefined {
  return code && refusalWords({ code, message: '', retryAfterMs: undefined, details: undefined })
}

/** Beside the field that it is about. */
function placed(error: RefusalError): Problems {
  const said = refusalWords(error)
  if (error.code.startsWith('room-name-')) return { name: said }
  return error.code === 'topic-too-long' ? { topic: said } : { other: said }
}
