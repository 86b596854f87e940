import { RefusalError } from '@parley/client'
import { cleanName } from '@parley/protocol'
import { useEffect, useRef, useState } from 'preact/hooks'
import { command } from '../account/ask.ts'
import { comeIn } from '../account/come-in.ts'
import { takeFragment } from '../account/invitation-token.ts'
import { useSending } from '../account/useSending.ts'
import { buttonClass } from '../kit/Button.tsx'
import { EmptyState } from '../kit/EmptyState.tsx'
import { ClockIcon } from '../kit/icons.tsx'
import { DoorForm } from './DoorForm.tsx'
import styles from './SignIn.module.css'
import { useFirstFocus } from './useFirstFocus.ts'
import { useNameAndHandle } from './useNameAndHandle.tsx'

/** A provider has said who somebody is; here they choose how they are called. */
export function ChooseName() {
  const ticket = useRef('')
  const [provider, setProvider] = useState('Your provider')
  const [isOver, setOver] = useState(false)
  const sending = useSending(['name', 'handle'])
  const { isBusy, problems, send, refuse } = sending
  const called = useNameAndHandle(sending, { first: useFirstFocus(), handleHint: 'Others find you by it.' })
  useEffect(() => {
    ticket.current = takeFragment() ?? ticket.current
    void command('describe-sign-up', { ticket: ticket.current }).then(
      (known) => {
        setProvider(known.provider)
        called.setName((typed) => typed || (known.name ?? ''))
      },
      // Away for a moment: sending will say so. What is over is over.
      (error) => setOver(error instanceof RefusalError),
    )
  }, [])
  const submit = async (): Promise<void> => {
    if (refuse(called.problems)) return
    await send(async () => {
      const input = { ticket: ticket.current, name: cleanName(called.name), handle: called.handle }
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
      {called.fields}
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
