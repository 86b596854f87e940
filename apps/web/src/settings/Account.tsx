import { useState } from 'preact/hooks'
import { ClaimForm } from '../account/ClaimForm.tsx'
import { instance } from '../account/instance.ts'
import { connectProvider } from '../account/providers.ts'
import { chat, useObservable } from '../chat.ts'
import { Button } from '../kit/Button.tsx'
import { showToast } from '../kit/toasts.ts'
import { ChangePassword } from './ChangePassword.tsx'
import { DeleteAccountDialog } from './DeleteAccountDialog.tsx'
import styles from './SettingsDialog.module.css'

/** What lets me come back as who I am, and the way to end it. */
export function Account() {
  const me = useObservable(chat.me)
  const [isDeleting, setDeleting] = useState(false)
  if (!me) return null
  const isGuest = me.kind === 'guest'
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
      {!isGuest && (
        <section class={styles.part} aria-labelledby="change-password">
          <h3 id="change-password">Password</h3>
          <p>
            You sign in as <bdi>@{me.handle}</bdi>. A new password signs out all other devices.
          </p>
          <ChangePassword handle={me.handle} />
        </section>
      )}
      <Connect isGuest={isGuest} />
      <section class={styles.part} aria-labelledby="delete-account">
        <h3 id="delete-account">{isGuest ? 'Delete everything about you' : 'Delete account'}</h3>
        <p>
          {isGuest ? 'Your name and memberships' : 'Your name, password, devices and memberships'} are deleted for good.
          What happens to your messages, you choose.
        </p>
        <Button class={styles.danger} onClick={() => setDeleting(true)}>
          {isGuest ? 'Delete me…' : 'Delete account…'}
        </Button>
      </section>
      {isDeleting && <DeleteAccountDialog onClose={() => setDeleting(false)} />}
    </>
  )
}

function Connect({ isGuest }: { readonly isGuest: boolean }) {
  const { providers } = instance.value
  if (providers.length === 0) return null
  return (
    <section class={styles.part} aria-labelledby="connect">
      <h3 id="connect">Sign-in providers</h3>
      <p>
        {isGuest
          ? 'Or keep your name by signing in with a provider. Everything of yours stays.'
          : 'Connect one, and you can sign in with it, too. Only you can do that: an e-mail address alone never does.'}
      </p>
      <div class={styles.row}>
        {providers.map((provider) => (
          <Button key={provider.id} onClick={() => void connectProvider(provider.id)}>
            <span>
              Connect <bdi>{provider.label}</bdi>
            </span>
          </Button>
        ))}
      </div>
    </section>
  )
}
