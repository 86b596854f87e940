import { useEffect, useState } from 'preact/hooks'
import { command } from '../account/ask.ts'
import { ClaimForm } from '../account/ClaimForm.tsx'
import { PasswordField } from '../account/PasswordField.tsx'
import { becomeOwner, takeSetUpToken } from '../account/set-up-token.ts'
import { typedHandle } from '../account/suggest-handle.ts'
import { useSending } from '../account/useSending.ts'
import { chat, useObservable } from '../chat.ts'
import { Logo } from '../kit/Logo.tsx'
import { TextField } from '../kit/TextField.tsx'
import { adminPath, navigate } from '../routes.ts'
import { arrive } from '../session.ts'
import { DoorForm } from './DoorForm.tsx'
import { Register } from './Register.tsx'
import styles from './SignIn.module.css'
import { useFirstFocus } from './useFirstFocus.ts'

const TITLE = 'Make this server yours'
const OWNED = adminPath('settings')

/** The one-time link that the first start printed: whoever opens it first owns the server. */
export function SetUp({ isInside }: { readonly isInside: boolean }) {
  const [hasAccount, setHasAccount] = useState(false)
  useEffect(() => void takeSetUpToken(), [])
  if (isInside) return <SetUpInside />
  if (hasAccount) return <SetUpSignIn onBack={() => setHasAccount(false)} />
  return (
    <Register
      title={TITLE}
      lead="The owner is a person with an account. Create yours; the server is yours with it."
      onMade={ownNow}
      below={
        <p class={styles.centre}>
          <button type="button" class={styles.stop} onClick={() => setHasAccount(true)}>
            I have an account here
          </button>
        </p>
      }
    />
  )
}

/** In one go. If the link is refused, one is inside all the same, and the page says why. */
async function ownNow(): Promise<void> {
  const isOwner = await becomeOwner().then(
    () => true,
    () => false,
  )
  await arrive(isOwner ? OWNED : '/set-up')
}

function SetUpSignIn({ onBack }: { readonly onBack: () => void }) {
  const [handle, setHandle] = useState('')
  const [password, setPassword] = useState('')
  const { isBusy, problems, send, clear } = useSending(['password'])
  const first = useFirstFocus()
  return (
    <DoorForm
      title={TITLE}
      lead="Sign in; the server is yours with it."
      problem={problems.form}
      action="Sign in"
      isBusy={isBusy}
      onSubmit={() =>
        void send(async () => {
          await command('sign-in', { handle: typedHandle(handle), password })
          await ownNow()
        })
      }
      below={
        <p class={styles.centre}>
          <button type="button" class={styles.stop} onClick={onBack}>
            Create account
          </button>
        </p>
      }
    >
      <TextField
        label="Handle"
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellcheck={false}
        value={handle}
        inputRef={first}
        onInput={(value) => {
          setHandle(value)
          clear('password')
        }}
      />
      <PasswordField
        value={password}
        error={problems.password}
        onInput={(value) => {
          setPassword(value)
          clear('password')
        }}
      />
    </DoorForm>
  )
}

function SetUpInside() {
  const me = useObservable(chat.me)
  const { isBusy, problems, send } = useSending([])
  const own = async (): Promise<void> => {
    await becomeOwner()
    navigate(OWNED, { replace: true })
  }
  if (me?.kind !== 'guest') {
    return (
      <DoorForm
        title={TITLE}
        lead={`You are signed in as \u2068${me?.displayName ?? ''}\u2069. The owner decides who may come in, and who helps.`}
        problem={problems.form}
        action="Become the owner"
        isBusy={isBusy}
        onSubmit={() => void send(own)}
        below={<NotNow />}
      />
    )
  }
  return (
    <div class={styles.form}>
      <Logo size="2.25rem" wordmark />
      <div class={styles.words}>
        <h1 class={styles.title}>{TITLE}</h1>
        <p class={styles.lead}>
          You are here as a guest, and an owner needs an account. Add a password: you stay <bdi>{me.displayName}</bdi>{' '}
          and keep your rooms, and the server is yours.
        </p>
      </div>
      <ClaimForm action="Keep my name and own this server" wide onClaimed={own} />
      <NotNow />
    </div>
  )
}

function NotNow() {
  return (
    <p class={styles.centre}>
      <a href="/">Not now</a>
    </p>
  )
}
