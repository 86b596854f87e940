import { type ChatClient, RefusalError } from '@parley/client'
import type { Room } from '@parley/protocol'
import { useState } from 'preact/hooks'
import { Button } from '../kit/Button.tsx'
import { ConfirmDialog } from '../kit/ConfirmDialog.tsx'
import { Dialog } from '../kit/Dialog.tsx'
import { refusalWords } from '../refusal-words.ts'
import styles from './RoomSettings.module.css'
import { useRoomFields } from './useRoomFields.tsx'

export interface RoomSettingsProps {
  readonly chat: ChatClient
  readonly room: Room
  readonly onClose: () => void
}

/** What the one who administers a room may change about it, and its end. */
export function RoomSettings({ chat, room, onClose }: RoomSettingsProps) {
  const [isBusy, setBusy] = useState(false)
  const [isClosing, setClosing] = useState(false)
  const { fields, check, showRefusal } = useRoomFields(room, { isBusy })

  const save = async (): Promise<void> => {
    const wanted = check()
    if (!wanted) return
    setBusy(true)
    try {
      if (wanted.name !== room.name) await chat.renameRoom(room.id, wanted.name)
      if (wanted.topic !== room.topic) await chat.changeTopic(room.id, wanted.topic)
      onClose()
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error
      setBusy(false)
      showRefusal(error)
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
      {fields}
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
