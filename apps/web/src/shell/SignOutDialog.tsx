import { useEffect, useState } from 'preact/hooks'
import { ConfirmDialog } from '../kit/ConfirmDialog.tsx'
import { signOut, unsentTexts } from '../session.ts'

type Unsent = Awaited<ReturnType<typeof unsentTexts>>

/** Asks only when something typed here would be lost. (SPEC F1) */
export function SignOutDialog({ onClose }: { readonly onClose: () => void }) {
  const [unsent, setUnsent] = useState<Unsent>()
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<string>()

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
      if (found.drafts + found.waiting === 0) void leave()
    })
  }, [])

  const isLosing = unsent !== undefined && unsent.drafts + unsent.waiting > 0
  if (!isLosing && !error) return null
  return (
    <ConfirmDialog
      title={isLosing ? 'Sign out and lose unsent text?' : 'Sign out?'}
      confirmLabel={isLosing ? 'Sign out and delete it' : 'Sign out'}
      cancelLabel="Stay"
      tone={isLosing ? 'danger' : 'primary'}
      busy={isBusy}
      error={error}
      onConfirm={() => void leave()}
      onCancel={onClose}
    >
      {isLosing && <p>{lossWords(unsent)} Signing out deletes what this device keeps for you.</p>}
    </ConfirmDialog>
  )
}

function lossWords({ drafts, waiting }: Unsent): string {
  const parts = [waiting > 0 && counted(waiting, 'unsent message'), drafts > 0 && counted(drafts, 'draft')]
  return `There ${waiting + drafts === 1 ? 'is' : 'are'} ${parts.filter(Boolean).join(' and ')} here.`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
