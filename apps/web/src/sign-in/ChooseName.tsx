import { RefusalError } from '@parley/client'
import { cleanName } from '@parley/protocol'
import { useEffect, useState } from 'preact/hooks'
import { command } from '../account/ask.ts'
import { comeIn } from '../account/come-in.ts'
import { takeFragment } from '../account/invitation-token.ts'
import { useSending } from '../account/useSending.ts'
import { buttonClass } from '../kit/Button.tsx'
import { EmptyState } from '../kit/EmptyState.tsx'
import { ClockIcon } from '../kit/icons.tsx'
import { Spinner } from '../kit/Spinner.tsx'
import { DoorForm } from './DoorForm.tsx'
import styles from './SignIn.module.css'
import { useFirstFocus } from './useFirstFocus.ts'
import { useNameAndHandle } from './useNameAndHandle.tsx'

interface SignUp {
  readonly ticket: string
  readonly provider: string
  readonly name?: string | undefined
}

/** A provider has said who somebody is; here they choose how they are called. */
export function ChooseName() {
  const [signUp, setSignUp] = useState<SignUp | 'over'>()
  useEffect(() => {
    void describe(takeFragment() ?? '').then(setSignUp)
  }, [])
  // Not the form at once: a name that comes after somebody has pressed the button would come too late.
  if (!signUp) {
    return (
      <div class={styles.waiting}>
        <Spinner size="2rem" label="Asking for your name" />
      </div>
    )
  }
  return signUp === 'over' ? <Over /> : <NameForm signUp={signUp} />
}

async function describe(ticket: string): Promise<SignUp | 'over'> {
  try {
    return { ticket, ...(await command('describe-sign-up', { ticket })) }
  } catch (error) {
    // Away for a moment: sending will say so. What is over is over.
    return error instanceof RefusalError ? 'over' : { ticket, provider: 'Your provider' }
  }
}

function NameForm({ signUp: { ticket, provider, name } }: { readonly signUp: SignUp }) {
  const sending = useSending(['name', 'handle'])
  const { isBusy, problems, send, refuse } = sending
  const called = useNameAndHandle(sending, {
    first: useFirstFocus(),
    handleHint: 'Others find you by it.',
    known: name,
  })
  const submit = async (): Promise<void> => {
    if (refuse(called.problems)) return
    await send(async () => {
      const input = { ticket, name: cleanName(called.name), handle: called.handle }
      await comeIn(await command('finish-sign-up', input))
    })
  }
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
