import type { CommandOutput } from '@parley/protocol'
import { useState } from 'preact/hooks'
import { chat, useObservable } from '../chat.ts'
import { Button } from '../kit/Button.tsx'
import { FormError } from '../kit/FormError.tsx'
import styles from './account.module.css'
import { command } from './ask.ts'
import { EmailField, emailInput } from './EmailField.tsx'
import { newPasswordProblem, PasswordField } from './PasswordField.tsx'
import { useSending } from './useSending.ts'

export interface ClaimFormProps {
  readonly action: string
  readonly wide?: boolean
  /** Runs as part of sending: what it throws is shown here. */
  readonly onClaimed: (claimed: CommandOutput<'claim-account'>) => void | Promise<void>
}

/** A guest becomes an account by a password, and keeps everything. */
export function ClaimForm({ action, wide = false, onClaimed }: ClaimFormProps) {
  const me = useObservable(chat.me)
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const { isBusy, problems, send, refuse, clear } = useSending(['email', 'password'])
  const submit = async (): Promise<void> => {
    if (refuse({ password: newPasswordProblem(password) })) return
    await send(async () => {
      const claimed = await command('claim-account', { password, ...emailInput(email) })
      await chat.whoAmI()
      await onClaimed(claimed)
    })
  }
  return (
    <form
      class={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!isBusy) void submit()
      }}
    >
      {/* For password managers, which keep it with the password. */}
      <input type="text" name="username" autoComplete="username" value={me?.handle ?? ''} readOnly hidden />
      <div>
        <PasswordField
          isNew
          value={password}
          readOnly={isBusy}
          error={problems.password}
          onInput={(value) => {
            setPassword(value)
            clear('password')
          }}
        />
        <EmailField
          value={email}
          readOnly={isBusy}
          error={problems.email}
          onInput={(value) => {
            setEmail(value)
            clear('email')
          }}
        />
      </div>
      {problems.form && <FormError>{problems.form}</FormError>}
      <Button type="submit" variant="primary" busy={isBusy} wide={wide} class={styles.act}>
        {action}
      </Button>
    </form>
  )
}
