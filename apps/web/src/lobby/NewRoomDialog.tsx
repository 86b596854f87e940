import { RefusalError } from '@parley/client'
import { useState } from 'preact/hooks'
import { chat, useObservable } from '../chat.ts'
import { Button } from '../kit/Button.tsx'
import { ChoiceList } from '../kit/ChoiceList.tsx'
import { Dialog } from '../kit/Dialog.tsx'
import { secondsWords } from '../refusal-words.ts'
import { useRoomFields } from '../room/useRoomFields.tsx'
import { navigate, roomPath } from '../routes.ts'
import { useCountdown } from '../shell/useCountdown.ts'

export function NewRoomDialog({ onClose }: { readonly onClose: () => void }) {
  const [isBusy, setBusy] = useState(false)
  const [kind, setKind] = useState<'public' | 'private'>('public')
  const [waitUntil, setWaitUntil] = useState<number>()
  const { fields, check, showRefusal } = useRoomFields(
    { name: '', topic: '' },
    { isBusy, topicHint: 'What is talked about here. It can be changed later.' },
  )
  const isLive = useObservable(chat.connection).phase === 'live'

  const create = async (): Promise<void> => {
    const input = check()
    if (!input) return
    setBusy(true)
    setWaitUntil(undefined)
    try {
      const { roomId } = await chat.createRoom({
        name: input.name,
        ...(input.topic && { topic: input.topic }),
        ...(kind === 'private' && { kind }),
      })
      onClose()
      navigate(roomPath(roomId))
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error
      if (error.code === 'busy') {
        setWaitUntil(Date.now() + (error.retryAfterMs ?? 2_000))
        return
      }
      setBusy(false)
      showRefusal(error)
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
      {fields}
      <ChoiceList
        label="Who can see it"
        value={kind}
        disabled={isBusy}
        options={[
          { value: 'public', label: 'Public', about: 'Anybody here finds it in the lobby and may come in.' },
          {
            value: 'private',
            label: 'Private',
            about: 'Only people who are added or have a link. Nobody else learns that it exists.',
          },
        ]}
        onChange={setKind}
      />
      {isBusy && waitUntil !== undefined && (
        <p role="status">
          Many rooms are being made just now. Trying again in <span class="tabular">{secondsWords(leftMs)}</span>.
        </p>
      )}
      {isBusy && !isLive && <p role="status">You are offline. The room is made as soon as you are back.</p>}
    </Dialog>
  )
}
