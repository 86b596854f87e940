import { useEffect, useRef, useState } from 'preact/hooks'
import { chat } from '../chat.ts'
import { ConfirmDialog } from '../kit/ConfirmDialog.tsx'
import { signOut, unsentTexts } from '../session.ts'
import { showLayer } from './layers.ts'
import styles from './SignOutDialog.module.css'

type Unsent = Awaited<ReturnType<typeof unsentTexts>>

/** Asks only when something would be lost: text typed here, or a guest's name and place. (SPEC F1) */
export function SignOutDialog({ onClose }: { readonly onClose: () => void }) {
  const [unsent, setUnsent] = useState<Unsent>()
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  const isGuest = useRef(chat.me.value?.kind === 'guest').current

  const leave = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      await signOut()
      onClose()
    } catch {
      setBusy(false)
      setError('The server did not answer, so you are still signed in and nothing is lost. Try again in a moment.')
    }
  }
  useEffect(() => {
    void unsentTexts().then((found) => {
      setUnsent(found)
      if (!isGuest && found.drafts + found.waiting === 0) void leave()
    })
  }, [])

  const isLosing = unsent !== undefined && unsent.drafts + unsent.waiting > 0
  if (!unsent || !(isLosing || isGuest || error)) return null
  return (
    <ConfirmDialog
      title={titleWords(isGuest, isLosing)}
      confirmLabel={isLosing ? 'Sign out and delete it' : 'Sign out'}
      cancelLabel="Stay"
      tone={isLosing || isGuest ? 'danger' : 'primary'}
      busy={isBusy}
      error={error}
      onConfirm={() => void leave()}
      onCancel={onClose}
    >
      {isLosing && <p>{lossWords(unsent)} Signing out deletes what this device keeps for you.</p>}
      {isGuest && (
        <>
          <p>
            You are a guest. Without a password nobody can come back as <bdi>{chat.me.value?.displayName}</bdi>: not to
            this name, nor to your places in rooms. What you wrote stays.
          </p>
          <p>
            <button type="button" class={styles.keep} disabled={isBusy} onClick={() => showLayer('account')}>
              Keep your name: add a password
            </button>
          </p>
        </>
      )}
    </ConfirmDialog>
  )
}

function titleWords(isGuest: boolean, isLosing: boolean): string {
  if (isGuest) return isLosing ? 'Sign out and lose your name and unsent text?' : 'Sign out and lose your name?'
  return isLosing ? 'Sign out and lose unsent text?' : 'Sign out?'
}

function lossWords({ drafts, waiting }: Unsent): string {
  const parts = [waiting > 0 && counted(waiting, 'unsent message'), drafts > 0 && counted(drafts, 'draft')]
  return `There ${waiting + drafts === 1 ? 'is' : 'are'} ${parts.filter(Boolean).join(' and ')} here.`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
