import { type ChatClient, RefusalError } from '@parley/client'
import type { Room } from '@parley/protocol'
import { useState } from 'preact/hooks'
import { Button } from '../kit/Button.tsx'
import { Checkbox } from '../kit/ChoiceList.tsx'
import { ConfirmDialog } from '../kit/ConfirmDialog.tsx'
import { Dialog } from '../kit/Dialog.tsx'
import { Select } from '../kit/Select.tsx'
import { refusalWords } from '../refusal-words.ts'
import { BannedPeople } from './BannedPeople.tsx'
import { slowWords } from './posting.ts'
import styles from './RoomSettings.module.css'
import { useRoomFields } from './useRoomFields.tsx'

export interface RoomSettingsProps {
  readonly chat: ChatClient
  readonly room: Room
  /** Moderators change less: neither the name nor that there is a room. */
  readonly isOwner: boolean
  readonly onClose: () => void
}

const PAUSES = [0, 5, 10, 30, 60, 300, 900, 3_600, 21_600] as const

/** What owner and moderators may change about a room, and its end. */
export function RoomSettings({ chat, room, isOwner, onClose }: RoomSettingsProps) {
  const [isBusy, setBusy] = useState(false)
  const [shown, setShown] = useState<'settings' | 'bans' | 'closing'>('settings')
  const [isReadOnly, setReadOnly] = useState(room.isReadOnly ?? false)
  const [slowSeconds, setSlowSeconds] = useState(room.slowSeconds ?? 0)
  const { fields, check, showRefusal } = useRoomFields(room, { isBusy, hasName: isOwner })

  const save = async (): Promise<void> => {
    const wanted = check()
    if (!wanted) return
    setBusy(true)
    try {
      if (isOwner && wanted.name !== room.name) await chat.renameRoom(room.id, wanted.name)
      if (wanted.topic !== room.topic) await chat.changeTopic(room.id, wanted.topic)
      const rules = {
        ...(isReadOnly !== (room.isReadOnly ?? false) && { isReadOnly }),
        ...(slowSeconds !== (room.slowSeconds ?? 0) && { slowSeconds }),
      }
      if (Object.keys(rules).length > 0) await chat.setRoomRules({ roomId: room.id, ...rules })
      onClose()
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error
      setBusy(false)
      showRefusal(error)
    }
  }

  const back = (): void => setShown('settings')
  if (shown === 'closing') return <CloseRoom chat={chat} room={room} onCancel={back} onClosed={onClose} />
  if (shown === 'bans') return <BannedPeople chat={chat} room={room} onClose={back} />
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
      <Checkbox
        label="Read-only"
        about="Only owner and moderators post; everybody else reads and reacts."
        checked={isReadOnly}
        disabled={isBusy}
        onChange={setReadOnly}
      />
      <Select
        label="Slow mode"
        value={String(slowSeconds)}
        disabled={isBusy}
        options={pauses(slowSeconds).map((seconds) => ({
          value: String(seconds),
          label: seconds === 0 ? 'Off' : `One message every ${slowWords(seconds)}`,
        }))}
        hint="Owner and moderators need not wait."
        onChange={(value) => setSlowSeconds(Number(value))}
      />
      <div class={styles.end}>
        <p>People who may not come in any more.</p>
        <Button size="small" disabled={isBusy} onClick={() => setShown('bans')}>
          Banned people
        </Button>
      </div>
      {isOwner && (
        <div class={styles.end}>
          <p>Closing erases the room and everything said in it, for everybody.</p>
          <Button size="small" class={styles.close} disabled={isBusy} onClick={() => setShown('closing')}>
            Close room
          </Button>
        </div>
      )}
    </Dialog>
  )
}

/** Also the one that is set, if it is none of ours. */
function pauses(set: number): readonly number[] {
  return [...new Set([...PAUSES, set])].sort((a, b) => a - b)
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
