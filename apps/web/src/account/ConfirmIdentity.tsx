import { useState } from 'preact/hooks'
import { chat } from '../chat.ts'
import { Button } from '../kit/Button.tsx'
import { Dialog } from '../kit/Dialog.tsx'
import { FormError } from '../kit/FormError.tsx'
import { command } from './ask.ts'
import type { OwnAccount } from './own-account.ts'
import { PasswordField } from './PasswordField.tsx'
import { confirmBy } from './providers.ts'
import { useSending } from './useSending.ts'

export interface ConfirmIdentityProps {
  readonly account: OwnAccount
  /** By the password. A provider leads away from the page, and back to the settings. */
  readonly onConfirmed: () => void
  readonly onClose: () => void
}

/** Before what changes who can come in as me: whoever found this browser open must not be able to. (SPEC U11) */
export function ConfirmIdentity({ account, onConfirmed, onClose }: ConfirmIdentityProps) {
  return account.hasPassword ? (
    <ByPassword onConfirmed={onConfirmed} onClose={onClose} />
  ) : (
    <ByProvider account={account} onClose={onClose} />
  )
}

const TITLE = 'Confirm it is you'

function ByPassword({ onConfirmed, onClose }: Pick<ConfirmIdentityProps, 'onConfirmed' | 'onClose'>) {
  const [password, setPassword] = useState('')
  const { isBusy, problems, send, refuse, clear } = useSending(['current'])
  const confirm = async (): Promise<void> => {
    if (refuse({ current: password === '' ? 'wrong-password' : undefined })) return
    if (await send(() => command('confirm-identity', { password }))) onConfirmed()
  }
  return (
    <Dialog
      title={TITLE}
      busy={isBusy}
      onClose={onClose}
      onSubmit={() => void confirm()}
      description="This changes how one signs in as you, so it takes your password. It is not asked again for five minutes."
      footer={
        <>
          <Button disabled={isBusy} onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" variant="primary" busy={isBusy}>
            Confirm
          </Button>
        </>
      }
    >
      {/* For password managers, which look for whose password it is. */}
      <input type="text" name="username" autoComplete="username" value={chat.me.value?.handle ?? ''} readOnly hidden />
      <PasswordField
        value={password}
        readOnly={isBusy}
        error={problems.current}
        onInput={(value) => {
          setPassword(value)
          clear('current')
        }}
      />
      {problems.form && <FormError>{problems.form}</FormError>}
    </Dialog>
  )
}

function ByProvider({ account, onClose }: Pick<ConfirmIdentityProps, 'account' | 'onClose'>) {
  const ways = account.providers.filter(({ providerId }) => providerId !== undefined)
  return (
    <Dialog
      title={TITLE}
      onClose={onClose}
      description={ways.length > 0 ? BY_PROVIDER : BY_NOTHING}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          {ways.map(({ id, provider, providerId = '' }) => (
            <Button key={id} variant="primary" onClick={() => void confirmBy(providerId)}>
              <span>
                Continue with <bdi>{provider}</bdi>
              </span>
            </Button>
          ))}
        </>
      }
    />
  )
}

const BY_PROVIDER =
  'This changes how one signs in as you. Sign in once more where you signed in, and you are brought back here; for five minutes you are not asked again.'
const BY_NOTHING =
  'The provider by which you came is not known to this server any more, so you cannot confirm it. Ask whoever runs this server.'
