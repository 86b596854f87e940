import { useState } from 'preact/hooks'
import { command } from '../account/ask.ts'
import { newPasswordProblem, PasswordField } from '../account/PasswordField.tsx'
import { useSending } from '../account/useSending.ts'
import { Button } from '../kit/Button.tsx'
import { FormError } from '../kit/FormError.tsx'
import { showToast } from '../kit/toasts.ts'
import styles from './SettingsDialog.module.css'

export interface ChangePasswordProps {
  readonly handle: string
  /** False: the first one is set, after a proof. */
  readonly hasPassword: boolean
  readonly onChanged: () => Promise<void>
}

export function ChangePassword({ handle, hasPassword, onChanged }: ChangePasswordProps) {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const { isBusy, problems, send, refuse, clear } = useSending(['current', 'password'])
  const submit = async (): Promise<void> => {
    const isMissing = current === '' && hasPassword
    if (refuse({ current: isMissing ? 'wrong-password' : undefined, password: newPasswordProblem(next) })) return
    const isChanged = await send(() => command('change-password', { next, ...(hasPassword && { current }) }))
    await onChanged()
    if (!isChanged) return
    setCurrent('')
    setNext('')
    const what = hasPassword ? 'Your password is changed' : `You have a password now, and sign in with it as @${handle}`
    showToast(`${what}. All other devices are signed out.`, { tone: 'good', key: 'password' })
  }
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        if (!isBusy) void submit()
      }}
    >
      {/* For password managers, which keep it with the password. */}
      <input type="text" name="username" autoComplete="username" value={handle} readOnly hidden />
      {hasPassword && (
        <PasswordField
          label="Current password"
          value={current}
          readOnly={isBusy}
          error={problems.current}
          onInput={(value) => {
            setCurrent(value)
            clear('current')
          }}
        />
      )}
      <PasswordField
        isNew
        label="New password"
        value={next}
        readOnly={isBusy}
        error={problems.password}
        onInput={(value) => {
          setNext(value)
          clear('password')
        }}
      />
      {problems.form && <FormError>{problems.form}</FormError>}
      <div class={styles.end}>
        <Button type="submit" variant="primary" busy={isBusy}>
          {hasPassword ? 'Change password' : 'Set password'}
        </Button>
      </div>
    </form>
  )
}
