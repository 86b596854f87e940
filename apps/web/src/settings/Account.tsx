import { useState } from 'preact/hooks'
import { ClaimForm } from '../account/ClaimForm.tsx'
import { ConfirmIdentity } from '../account/ConfirmIdentity.tsx'
import { instance } from '../account/instance.ts'
import { needsProof, useOwnAccount } from '../account/own-account.ts'
import { troubleWords } from '../account/trouble-words.ts'
import { chat, useObservable } from '../chat.ts'
import { Button } from '../kit/Button.tsx'
import { FormError } from '../kit/FormError.tsx'
import { Skeleton } from '../kit/Skeleton.tsx'
import { showToast } from '../kit/toasts.ts'
import { ChangePassword } from './ChangePassword.tsx'
import { DeleteAccountDialog } from './DeleteAccountDialog.tsx'
import { LinkedProviders } from './LinkedProviders.tsx'
import styles from './SettingsDialog.module.css'

/** What lets me come back as who I am, and the way to end it. */
export function Account() {
  const me = useObservable(chat.me)
  const isGuest = me?.kind === 'guest'
  const { account, problem, reload } = useOwnAccount(isGuest)
  const [isDeleting, setDeleting] = useState(false)
  const [waiting, setWaiting] = useState<{ readonly act: () => Promise<unknown> }>()
  if (!me) return null

  const run = async (act: () => Promise<unknown>): Promise<void> => {
    try {
      await act()
    } catch (error) {
      if (needsProof(error)) setWaiting({ act })
      else showToast(troubleWords(error), { tone: 'danger' })
    }
  }
  const confirmed = (act: () => Promise<unknown>): void => {
    if (isGuest || account?.isConfirmed) void run(act)
    else setWaiting({ act })
  }
  const hasPassword = account?.hasPassword ?? false
  const mustConfirm = account !== undefined && !isGuest && !hasPassword && !account.isConfirmed
  const { signUp } = instance.value
  return (
    <>
      {isGuest && signUp !== 'provider' && (
        <section class={styles.part} aria-labelledby="keep-name">
          <h3 id="keep-name">Keep your name: add a password</h3>
          <p>
            You are a guest: once signed out, nobody can come back as you. With a password you sign in anywhere as{' '}
            <bdi>@{me.handle}</bdi>, and keep your rooms, messages and roles.
          </p>
          <ClaimForm
            action="Keep my name"
            onClaimed={() => {
              showToast('You have an account now. Sign in anywhere with your handle and password.', { tone: 'good' })
              document.getElementById('tab-account')?.focus()
            }}
          />
        </section>
      )}
      {!account && <Unknown problem={problem} onAgain={() => void reload()} />}
      {account && !isGuest && (
        <section class={styles.part} aria-labelledby="change-password">
          <h3 id="change-password">Password</h3>
          {hasPassword ? (
            <p>
              You sign in as <bdi>@{me.handle}</bdi>. A new password signs out all other devices.
            </p>
          ) : (
            <p>
              You sign in by a provider and have no password. With one you can sign in as <bdi>@{me.handle}</bdi>, too.
            </p>
          )}
          {mustConfirm ? (
            <Button onClick={() => confirmed(async () => undefined)}>Set a password…</Button>
          ) : (
            <ChangePassword handle={me.handle} hasPassword={hasPassword} onChanged={reload} />
          )}
        </section>
      )}
      {account && <LinkedProviders isGuest={isGuest} account={account} confirmed={confirmed} onChanged={reload} />}
      <section class={styles.part} aria-labelledby="delete-account">
        <h3 id="delete-account">{isGuest ? 'Delete everything about you' : 'Delete account'}</h3>
        <p>
          {isGuest ? 'Your name and memberships' : 'Your name, password, devices and memberships'} are deleted for good.
          What happens to your messages, you choose.
        </p>
        <Button
          class={styles.danger}
          disabled={!account}
          onClick={() => (mustConfirm ? confirmed(async () => setDeleting(true)) : setDeleting(true))}
        >
          {isGuest ? 'Delete me…' : 'Delete account…'}
        </Button>
      </section>
      {isDeleting && <DeleteAccountDialog hasPassword={hasPassword} onClose={() => setDeleting(false)} />}
      {waiting && account && (
        <ConfirmIdentity
          account={account}
          onClose={() => setWaiting(undefined)}
          onConfirmed={() => {
            setWaiting(undefined)
            void reload().then(() => run(waiting.act))
          }}
        />
      )}
    </>
  )
}

function Unknown({ problem, onAgain }: { readonly problem: string | undefined; readonly onAgain: () => void }) {
  if (!problem) return <Skeleton shape="block" height="8rem" />
  return (
    <>
      <FormError>{problem}</FormError>
      <p>
        <Button onClick={onAgain}>Try again</Button>
      </p>
    </>
  )
}
