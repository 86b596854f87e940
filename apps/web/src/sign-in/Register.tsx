import type { CommandOutput } from '@parley/protocol'
import { cleanName, LIMITS } from '@parley/protocol'
import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import { command } from '../account/ask.ts'
import { withInvitation } from '../account/come-in.ts'
import { EmailField, emailInput } from '../account/EmailField.tsx'
import { newPasswordProblem, PasswordField } from '../account/PasswordField.tsx'
import { suggestHandle, typedHandle } from '../account/suggest-handle.ts'
import { nameProblem, useSending } from '../account/useSending.ts'
import { TextField } from '../kit/TextField.tsx'
import { DoorForm } from './DoorForm.tsx'
import { Suggestion } from './Suggestion.tsx'
import { useFirstFocus } from './useFirstFocus.ts'

export interface RegisterProps {
  readonly title: ComponentChildren
  readonly lead: ComponentChildren
  readonly below: ComponentChildren
  /** The account is made, and this browser signed in. */
  readonly onMade: (made: CommandOutput<'register'>) => Promise<void>
}

/** A name, a handle made of it, a password. */
export function Register({ title, lead, below, onMade }: RegisterProps) {
  const [name, setName] = useState('')
  const [ownHandle, setOwnHandle] = useState<string>()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const { isBusy, problems, suggestion, freeHandle, send, refuse, clear } = useSending([
    'name',
    'handle',
    'email',
    'password',
  ])
  const first = useFirstFocus()
  const handle = ownHandle ?? suggestHandle(name)

  const submit = async (): Promise<void> => {
    const isWrong = refuse({
      name: nameProblem(name),
      handle: handleProblem(handle),
      password: newPasswordProblem(password),
    })
    if (isWrong) return
    await send(async () => {
      const input = { name: cleanName(name), handle: typedHandle(handle), password, ...emailInput(email) }
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
      <TextField
        label="Your name"
        name="name"
        autoComplete="nickname"
        spellcheck={false}
        limit={LIMITS.personNameLength}
        readOnly={isBusy}
        value={name}
        error={problems.name}
        hint="As others see it. It can be changed later."
        inputRef={first}
        onInput={(value) => {
          setName(value)
          clear('name')
          if (ownHandle === undefined) clear('handle')
        }}
      />
      {suggestion && (
        <Suggestion
          name={suggestion}
          onSelect={(free) => {
            setName(free)
            setOwnHandle(undefined)
            clear('name')
          }}
        />
      )}
      <TextField
        label="Handle"
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellcheck={false}
        limit={LIMITS.handleLength}
        readOnly={isBusy}
        value={handle}
        error={problems.handle}
        hint="You sign in with it, and others find you by it."
        onInput={(value) => {
          setOwnHandle(value)
          clear('handle')
        }}
      />
      {freeHandle && (
        <Suggestion
          name={freeHandle}
          onSelect={(free) => {
            setOwnHandle(free)
            clear('handle')
          }}
        />
      )}
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

function handleProblem(handle: string): 'handle-invalid' | undefined {
  const { length } = typedHandle(handle)
  return length < 2 || length > LIMITS.handleLength ? 'handle-invalid' : undefined
}
