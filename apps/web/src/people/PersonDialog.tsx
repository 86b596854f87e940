import { type ChatClient, nameOf, RefusalError } from '@parley/client'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { Button } from '../kit/Button.tsx'
import { ChoiceList } from '../kit/ChoiceList.tsx'
import { ConfirmDialog } from '../kit/ConfirmDialog.tsx'
import { Dialog } from '../kit/Dialog.tsx'
import { FormError } from '../kit/FormError.tsx'
import { showToast } from '../kit/toasts.ts'
import { refusalWords } from '../refusal-words.ts'
import type { Asked } from './asked.ts'
import { type Duration, endOf } from './durations.ts'

export interface PersonDialogProps {
  readonly chat: ChatClient
  readonly asked: Asked
  readonly onClose: () => void
}

/** Says what is about to be done to somebody, and does it. */
export function PersonDialog({ chat, asked, onClose }: PersonDialogProps) {
  // Isolated, so that a name in another direction does not turn the sentence around.
  const name = `“\u2068${nameOf(asked.user)}\u2069”`
  switch (asked.what) {
    case 'block':
      return (
        <Confirm
          title={`Block ${name}?`}
          label="Block"
          done={`${name} is blocked.`}
          act={() => chat.blockPerson(asked.user.id)}
          onClose={onClose}
        >
          Their messages are hidden from you everywhere and count as unread no more. They are not told, and can go on
          writing; others see them as before. You can unblock them at any time.
        </Confirm>
      )
    case 'unblock':
      return (
        <Confirm
          title={`Unblock ${name}?`}
          label="Unblock"
          tone="primary"
          done={`${name} is not blocked any more.`}
          act={() => chat.unblockPerson(asked.user.id)}
          onClose={onClose}
        >
          You see their messages again, also those that they wrote meanwhile.
        </Confirm>
      )
    case 'remove':
      return (
        <Confirm
          title={`Remove ${name} from the room?`}
          label="Remove"
          done={`${name} was removed.`}
          act={() => chat.removeMember(asked.room.id, asked.user.id)}
          onClose={onClose}
        >
          {asked.room.kind === 'public'
            ? 'They see nothing that is said from now on, but may come in again. Ban them to prevent that.'
            : 'They see nothing that is said from now on, and come back only if somebody adds or invites them.'}{' '}
          What they wrote stays.
        </Confirm>
      )
    case 'hand-over':
      return (
        <Confirm
          title={`Hand over the room to ${name}?`}
          label="Hand over"
          done={`${name} owns the room now.`}
          act={() => chat.handOverRoom(asked.room.id, asked.user.id)}
          onClose={onClose}
        >
          They become its owner, who alone may rename it, choose moderators and close it. You stay as a moderator, and
          only they can give it back.
        </Confirm>
      )
    case 'mute':
      return (
        <Restrict
          title={`Mute ${name}?`}
          label="Mute"
          about="They can read but not post, edit or react here. They are told until when."
          options={[
            { value: 'hour', label: '1 hour' },
            { value: 'day', label: '1 day' },
            { value: 'ever', label: 'Until I end it' },
          ]}
          done={`${name} is muted.`}
          act={(until) => chat.muteMember(asked.room.id, asked.user.id, until)}
          onClose={onClose}
        />
      )
    case 'ban':
      return (
        <Restrict
          title={`Ban ${name}?`}
          label="Ban"
          about="They are removed and can not come in again, by no link either. What they wrote stays. “Banned people” in the room's settings ends it early."
          options={[
            { value: 'day', label: '1 day' },
            { value: 'week', label: '1 week' },
            { value: 'ever', label: 'For ever' },
          ]}
          done={`${name} is banned.`}
          act={(until) => chat.banMember(asked.room.id, asked.user.id, until)}
          onClose={onClose}
        />
      )
  }
}

interface ConfirmProps {
  readonly title: string
  readonly label: string
  readonly tone?: 'danger' | 'primary'
  readonly done: string
  readonly act: () => Promise<void>
  readonly onClose: () => void
  readonly children: ComponentChildren
}

function Confirm({ title, label, tone = 'danger', done, act, onClose, children }: ConfirmProps) {
  const { isBusy, problem, run } = useDoing(done, onClose)
  return (
    <ConfirmDialog
      title={title}
      confirmLabel={label}
      tone={tone}
      busy={isBusy}
      error={problem}
      onConfirm={() => void run(act)}
      onCancel={onClose}
    >
      {children}
    </ConfirmDialog>
  )
}

interface RestrictProps extends Omit<ConfirmProps, 'act' | 'children' | 'tone'> {
  readonly about: string
  readonly options: readonly { readonly value: Duration; readonly label: string }[]
  readonly act: (until: number | undefined) => Promise<void>
}

function Restrict({ title, label, about, options, done, act, onClose }: RestrictProps) {
  const [duration, setDuration] = useState<Duration>('day')
  const { isBusy, problem, run } = useDoing(done, onClose)
  return (
    <Dialog
      title={title}
      description={about}
      busy={isBusy}
      onClose={onClose}
      onSubmit={() => void run(() => act(endOf(duration, Date.now())))}
      footer={
        <>
          <Button autoFocus disabled={isBusy} onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" variant="danger" busy={isBusy}>
            {label}
          </Button>
        </>
      }
    >
      <ChoiceList label="For how long" value={duration} options={options} onChange={setDuration} />
      {problem && <FormError>{problem}</FormError>}
    </Dialog>
  )
}

function useDoing(done: string, onClose: () => void) {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const run = async (act: () => Promise<void>): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    try {
      await act()
      showToast(done, { tone: 'good' })
      onClose()
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error
      setBusy(false)
      setProblem(refusalWords(error))
    }
  }
  return { isBusy, problem, run }
}
