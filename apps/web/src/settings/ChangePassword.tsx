import { useState } from 'preact/hooks'
import { command } from '../account/ask.ts'
import { instance } from '../account/instance.ts'
import { newPasswordProblem, PasswordField } from '../account/PasswordField.tsx'
import { useSending } from '../account/useSending.ts'
import { Button } from '../kit/Button.tsx'
import { FormError } from '../kit/FormError.tsx'
import { showToast } from '../kit/toasts.ts'
import styles from './SettingsDialog.module.css'

export function ChangePassword({ handle }: { readonly handle: string }) {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const { isBusy, problems, send, refuse, clear } = useSending(['current', 'password'])
  const hasProviders = instance.value.providers.length > 0
  const submit = async (): Promise<void> => {
    const isMissing = current === '' && !hasProviders
    if (refuse({ current: isMissing ? 'wrong-password' : undefined, password: newPasswordProblem(next) })) return
    const isChanged = await send(() => command('change-password', { next, ...(current !== '' && { current }) }))
    if (!isChanged) return
    setCurrent('')
    setNext('')
    showToast('Your password is changed. All other devices are signed out.', { tone: 'good', key: 'password' })
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
      <PasswordField
        label="Current password"
        value={current}
        readOnly={isBusy}
        error={problems.current}
        {...(hasProviders && { hint: 'Leave it empty if you have signed in by a provider only.' })}
        onInput={(value) => {
          setCurrent(value)
          clear('current')
        }}
      />
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
          Change password
        </Button>
      </div>
    </form>
  )
}
