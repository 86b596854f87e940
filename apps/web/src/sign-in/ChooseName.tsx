import { RefusalError } from '@parley/client'
import { cleanName, LIMITS } from '@parley/protocol'
import { useEffect, useRef, useState } from 'preact/hooks'
import { command } from '../account/ask.ts'
import { comeIn } from '../account/come-in.ts'
import { takeFragment } from '../account/invitation-token.ts'
import { suggestHandle, typedHandle } from '../account/suggest-handle.ts'
import { nameProblem, useSending } from '../account/useSending.ts'
import { buttonClass } from '../kit/Button.tsx'
import { EmptyState } from '../kit/EmptyState.tsx'
import { ClockIcon } from '../kit/icons.tsx'
import { TextField } from '../kit/TextField.tsx'
import { DoorForm } from './DoorForm.tsx'
import styles from './SignIn.module.css'
import { Suggestion } from './Suggestion.tsx'
import { useFirstFocus } from './useFirstFocus.ts'

/** A provider has said who somebody is; here they choose how they are called. */
export function ChooseName() {
  const ticket = useRef('')
  const [name, setName] = useState('')
  const [provider, setProvider] = useState('Your provider')
  const [isOver, setOver] = useState(false)
  const [ownHandle, setOwnHandle] = useState<string>()
  const { isBusy, problems, suggestion, freeHandle, send, refuse, clear } = useSending(['name', 'handle'])
  const first = useFirstFocus()
  const handle = ownHandle ?? suggestHandle(name)
  useEffect(() => {
    ticket.current = takeFragment() ?? ticket.current
    void command('describe-sign-up', { ticket: ticket.current }).then(
      (known) => {
        setProvider(known.provider)
        setName((typed) => typed || (known.name ?? ''))
      },
      // Away for a moment: sending will say so. What is over is over.
      (error) => setOver(error instanceof RefusalError),
    )
  }, [])
  const submit = async (): Promise<void> => {
    const tooShort = typedHandle(handle).length < 2
    if (refuse({ name: nameProblem(name), handle: tooShort ? 'handle-invalid' : undefined })) return
    await send(async () => {
      const input = { ticket: ticket.current, name: cleanName(name), handle: typedHandle(handle) }
      await comeIn(await command('finish-sign-up', input))
    })
  }
  if (isOver) return <Over />
  return (
    <DoorForm
      title="How shall others call you?"
      lead={
        <>
          <bdi>{provider}</bdi> has signed you in. One last step, and you are there.
        </>
      }
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
      {freeHandle && (
        <Suggestion
          name={freeHandle}
          onSelect={(free) => {
            setOwnHandle(free)
            clear('handle')
          }}
        />
      )}
    </DoorForm>
  )
}

function Over() {
  return (
    <EmptyState
      level={1}
      title="This took too long"
      picture={<ClockIcon size="2.5rem" />}
      action={
        <a class={buttonClass('primary')} href="/sign-in">
          Begin again
        </a>
      }
    >
      Nothing was made. Go to the provider again; it is quicker the second time.
    </EmptyState>
  )
}
