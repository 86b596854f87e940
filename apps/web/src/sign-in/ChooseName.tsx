import { type CommandOutput, cleanName, LIMITS } from '@parley/protocol'
import { useEffect, useRef, useState } from 'preact/hooks'
import { ask } from '../account/ask.ts'
import { comeIn } from '../account/come-in.ts'
import { takeFragment } from '../account/invitation-token.ts'
import { suggestHandle, typedHandle } from '../account/suggest-handle.ts'
import { nameProblem, useSending } from '../account/useSending.ts'
import { TextField } from '../kit/TextField.tsx'
import { DoorForm } from './DoorForm.tsx'
import styles from './SignIn.module.css'
import { Suggestion } from './Suggestion.tsx'
import { useFirstFocus } from './useFirstFocus.ts'

/** A provider has said who somebody is; here they choose how they are called. */
export function ChooseName() {
  const ticket = useRef('')
  const [name, setName] = useState('')
  const [ownHandle, setOwnHandle] = useState<string>()
  const { isBusy, problems, suggestion, send, refuse, clear } = useSending(['name', 'handle'])
  const first = useFirstFocus()
  const handle = ownHandle ?? suggestHandle(name)
  useEffect(() => {
    ticket.current = takeFragment() ?? ticket.current
  }, [])
  const submit = async (): Promise<void> => {
    const tooShort = typedHandle(handle).length < 2
    if (refuse({ name: nameProblem(name), handle: tooShort ? 'handle-invalid' : undefined })) return
    await send(async () => {
      const input = { ticket: ticket.current, name: cleanName(name), handle: typedHandle(handle) }
      // as: it signs in, as every command that makes somebody
      const made = (await ask('POST', '/api/commands/finish-sign-up', input)) as CommandOutput<'register'>
      await comeIn(made)
    })
  }
  return (
    <DoorForm
      title="How shall others call you?"
      lead="Your provider has signed you in. One last step, and you are there."
      problem={problems.form}
      action="Create account"
      isBusy={isBusy}
      onSubmit={() => void submit()}
      below={
        <p class={styles.centre}>
          <a href="/">Stop here</a>
        </p>
      }
    >
      <TextField
        label="Your name"
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
        autoComplete="username"
        autoCapitalize="none"
        autoCorrect="off"
        spellcheck={false}
        limit={LIMITS.handleLength}
        readOnly={isBusy}
        value={handle}
        error={problems.handle}
        hint="Others find you by it."
        onInput={(value) => {
          setOwnHandle(value)
          clear('handle')
        }}
      />
    </DoorForm>
  )
}
