import { useState } from 'preact/hooks'
import { command } from '../account/ask.ts'
import { PasswordField } from '../account/PasswordField.tsx'
import { useSending } from '../account/useSending.ts'
import { chat } from '../chat.ts'
import { Button } from '../kit/Button.tsx'
import { ChoiceList } from '../kit/ChoiceList.tsx'
import { Dialog } from '../kit/Dialog.tsx'
import { FormError } from '../kit/FormError.tsx'
import { showToast } from '../kit/toasts.ts'
import { leaveBy } from '../session.ts'
import { closeLayer } from '../shell/layers.ts'

/** Says what goes, and asks what shall become of the messages. */
export function DeleteAccountDialog(props: { readonly hasPassword: boolean; readonly onClose: () => void }) {
  const { hasPassword, onClose } = props
  const isGuest = chat.me.value?.kind === 'guest'
  const [messages, setMessages] = useState<'keep' | 'erase'>('keep')
  const [password, setPassword] = useState('')
  const { isBusy, problems, send, clear } = useSending(['current'])
  const remove = async (): Promise<void> => {
    const isGone = await send(() =>
      leaveBy(() => command('delete-account', { messages, ...(password !== '' && { password }) })),
    )
    if (!isGone) return
    closeLayer()
    showToast(isGuest ? 'Everything about you is deleted.' : 'Your account is deleted.', { durationMs: 15_000 })
  }
  return (
    <Dialog
      title={isGuest ? 'Delete everything about you?' : 'Delete your account?'}
      busy={isBusy}
      onClose={onClose}
      onSubmit={() => void remove()}
      description="Your name and everything that lets you sign in are deleted for good, on all devices. Your rooms pass to whoever has been in them longest. Nobody can bring this back, not even whoever runs this server."
      footer={
        <>
          <Button autoFocus disabled={isBusy} onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" variant="danger" busy={isBusy}>
            {isGuest ? 'Delete me for good' : 'Delete account for good'}
          </Button>
        </>
      }
    >
      <ChoiceList
        label="Your messages"
        value={messages}
        disabled={isBusy}
        onChange={setMessages}
        options={[
          {
            value: 'keep',
            label: 'Keep them',
            about: 'They stay for the others, as written by a deleted person.',
          },
          {
            value: 'erase',
            label: 'Erase them',
            about: 'Every message you wrote is erased, everywhere. With many this takes some minutes.',
          },
        ]}
      />
      {hasPassword && (
        <PasswordField
          value={password}
          readOnly={isBusy}
          error={problems.current}
          onInput={(value) => {
            setPassword(value)
            clear('current')
          }}
        />
      )}
      {problems.form && <FormError>{problems.form}</FormError>}
    </Dialog>
  )
}
