import type { PersonInfo } from '@parley/protocol'
import { useState } from 'preact/hooks'
import { command } from '../account/ask.ts'
import { troubleWords } from '../account/trouble-words.ts'
import { ConfirmDialog } from '../kit/ConfirmDialog.tsx'
import { showToast } from '../kit/toasts.ts'
import type { PersonActName } from './person-acts.ts'

export interface PersonActProps {
  readonly act: PersonActName
  readonly person: PersonInfo
  readonly onClose: () => void
  readonly onDone: () => void
}

/** Names the person, says what will happen, and does it. */
export function PersonAct({ act, person, onClose, onDone }: PersonActProps) {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const name = `\u2068${person.user.displayName}\u2069`
  const { title, words, confirm, done, isDanger } = WORDS[act]
  const run = async (): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    try {
      await perform(act, person)
      onClose()
      onDone()
      showToast(done(name), { tone: 'good' })
    } catch (error) {
      setProblem(troubleWords(error))
      setBusy(false)
    }
  }
  return (
    <ConfirmDialog
      title={title(name)}
      confirmLabel={confirm}
      tone={isDanger ? 'danger' : 'primary'}
      busy={isBusy}
      error={problem}
      onConfirm={() => void run()}
      onCancel={onClose}
    >
      {words}
    </ConfirmDialog>
  )
}

function perform(act: PersonActName, { user: { id: userId } }: PersonInfo): Promise<unknown> {
  switch (act) {
    case 'make-administrator':
      return command('set-person-role', { userId, role: 'administrator' })
    case 'make-owner':
      return command('set-person-role', { userId, role: 'owner' })
    case 'make-member':
      return command('set-person-role', { userId, role: 'member' })
    case 'sign-out-everywhere':
      return command('sign-out-person', { userId })
    case 'disable':
      return command('disable-person', { userId })
    case 'enable':
      return command('enable-person', { userId })
  }
}

interface Words {
  readonly title: (name: string) => string
  readonly words: string
  readonly confirm: string
  readonly done: (name: string) => string
  readonly isDanger: boolean
}

const WORDS: Readonly<Record<PersonActName, Words>> = {
  'make-administrator': {
    title: (name) => `Make ${name} an administrator?`,
    words:
      'Administrators find and disable people, close rooms, make invitation links and change these settings. They cannot touch owners or other administrators, nor read what is said in private.',
    confirm: 'Make administrator',
    done: (name) => `${name} is an administrator now.`,
    isDanger: false,
  },
  'make-owner': {
    title: (name) => `Make ${name} an owner?`,
    words: 'Owners may do everything that you may, also take your role away. A server may have several.',
    confirm: 'Make owner',
    done: (name) => `${name} is an owner now.`,
    isDanger: true,
  },
  'make-member': {
    title: (name) => `Take the role of ${name} away?`,
    words: 'They are signed out everywhere at once, and are a member like everybody else when they come back.',
    confirm: 'Take role away',
    done: (name) => `${name} is a member now.`,
    isDanger: true,
  },
  'sign-out-everywhere': {
    title: (name) => `Sign ${name} out everywhere?`,
    words:
      'All their devices are signed out at once. Somebody with an account may sign in again; a guest may not come back.',
    confirm: 'Sign out everywhere',
    done: (name) => `${name} is signed out everywhere.`,
    isDanger: true,
  },
  disable: {
    title: (name) => `Disable ${name}?`,
    words:
      'They are signed out everywhere at once and cannot sign in again until you enable them. What they wrote stays.',
    confirm: 'Disable',
    done: (name) => `${name} is disabled.`,
    isDanger: true,
  },
  enable: {
    title: (name) => `Enable ${name}?`,
    words: 'They may sign in again, with the rooms and roles they had.',
    confirm: 'Enable',
    done: (name) => `${name} may sign in again.`,
    isDanger: false,
  },
}
