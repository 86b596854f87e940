import type { CommandOutput } from '@parley/protocol'
import { cleanName } from '@parley/protocol'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { command } from '../account/ask.ts'
import { withInvitation } from '../account/come-in.ts'
import { EmailField, emailInput } from '../account/EmailField.tsx'
import { newPasswordProblem, PasswordField } from '../account/PasswordField.tsx'
import { useSending } from '../account/useSending.ts'
import { DoorForm } from './DoorForm.tsx'
import { useFirstFocus } from './useFirstFocus.ts'
import { useNameAndHandle } from './useNameAndHandle.tsx'

export interface RegisterProps {
  readonly title: ComponentChildren
  readonly lead: ComponentChildren
  readonly below: ComponentChildren
  /** The account is made, and this browser signed in. */
  readonly onMade: (made: CommandOutput<'register'>) => Promise<void>
}

/** A name, a handle made of it, a password. */
export function Register({ title, lead, below, onMade }: RegisterProps) {
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const sending = useSending(['name', 'handle', 'email', 'password'])
  const { isBusy, problems, send, refuse, clear } = sending
  const handleHint = 'You sign in with it, and others find you by it.'
  const called = useNameAndHandle(sending, { first: useFirstFocus(), handleHint })

  const submit = async (): Promise<void> => {
    if (refuse({ ...called.problems, password: newPasswordProblem(password) })) return
    await send(async () => {
      const input = { name: cleanName(called.name), handle: called.handle, password, ...emailInput(email) }
      await onMade(await command('register', { ...input, ...withInvitation() }))
    })
  }

  return (
    <DoorForm
      title={title}
      lead={lead}
      problem={problems.form}
      action="Create account"
      isBusy={isBusy}
      onSubmit={() => void submit()}
      below={below}
    >
      {called.fields}
      <EmailField
        value={email}
        readOnly={isBusy}
        error={problems.email}
        onInput={(value) => {
          setEmail(value)
          clear('email')
        }}
      />
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
    </DoorForm>
  )
}
