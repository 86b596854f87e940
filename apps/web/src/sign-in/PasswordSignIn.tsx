import { useState } from 'preact/hooks'
import { command } from '../account/ask.ts'
import { comeBack } from '../account/come-in.ts'
import { instance } from '../account/instance.ts'
import { invitationToken } from '../account/invitation-token.ts'
import { PasswordField } from '../account/PasswordField.tsx'
import { typedHandle } from '../account/suggest-handle.ts'
import { useSending } from '../account/useSending.ts'
import { TextField } from '../kit/TextField.tsx'
import type { Outside } from '../session.ts'
import { DoorForm } from './DoorForm.tsx'
import { takeErrorWords } from './error-words.ts'
import { useFirstFocus } from './useFirstFocus.ts'
import { Ways } from './Ways.tsx'

export interface PasswordSignInProps {
  readonly outside: Outside
}

/** Handle and password. Also the first screen of a server that lets no guests in. */
export function PasswordSignIn({ outside }: PasswordSignInProps) {
  const [handle, setHandle] = useState(outside.handle ?? '')
  const [password, setPassword] = useState('')
  const [missing, setMissing] = useState<{ handle?: string; password?: string }>({})
  const [arrivedWith, setArrivedWith] = useState(takeErrorWords)
  const { isBusy, problems, send, clear } = useSending(['password'])
  const first = useFirstFocus()
  const second = useFirstFocus(outside.handle !== undefined)
  const isInvited = invitationToken.value !== undefined

  const submit = async (): Promise<void> => {
    setArrivedWith(undefined)
    const wrong = {
      ...(typedHandle(handle) === '' && { handle: 'Type your handle.' }),
      ...(password === '' && { password: 'Type your password.' }),
    }
    setMissing(wrong)
    if (wrong.handle ?? wrong.password) {
      const field = wrong.handle ? first : second
      field.current?.focus()
      return
    }
    await send(async () => {
      await command('sign-in', { handle: typedHandle(handle), password })
      await comeBack()
    })
  }

  return (
    <DoorForm
      title={outside.hasEnded ? 'Your session has ended' : 'Sign in'}
      lead={leadWords(outside, isInvited)}
      problem={problems.form ?? arrivedWith}
      action="Sign in"
      isBusy={isBusy}
      onSubmit={() => void submit()}
      below={<Ways at="sign-in" isInvited={isInvited} />}
    >
      <TextField
        label="Handle"
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellcheck={false}
        readOnly={isBusy}
        value={handle}
        error={missing.handle}
        inputRef={first}
        onInput={(value) => {
          setHandle(value)
          setMissing({})
          clear('password')
        }}
      />
      <PasswordField
        value={password}
        readOnly={isBusy}
        error={missing.password ?? problems.password}
        inputRef={second}
        onInput={(value) => {
          setPassword(value)
          setMissing({})
          clear('password')
        }}
      />
    </DoorForm>
  )
}

function leadWords({ hasEnded, rescued }: Outside, isInvited: boolean): string {
  if (hasEnded) {
    return `You were signed out here. Sign in to go on. ${rescued.size > 0 ? 'What you had typed is kept.' : ''}`
  }
  if (isInvited) return 'Then you are brought to where you are invited.'
  const { guests, signUp } = instance.value
  if (guests && signUp !== 'invitation') return 'With the handle and password of your account.'
  return signUp === 'invitation'
    ? 'New people come in here by an invitation link.'
    : 'This server is for people with an account.'
}
