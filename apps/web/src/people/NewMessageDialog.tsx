import { nameOf, RefusalError } from '@parley/client'
import type { User } from '@parley/protocol'
import { useState } from 'preact/hooks'
import { chat } from '../chat.ts'
import { Dialog } from '../kit/Dialog.tsx'
import { FormError } from '../kit/FormError.tsx'
import { refusalWords } from '../refusal-words.ts'
import { navigate, roomPath } from '../routes.ts'
import { PeopleFinder } from './PeopleFinder.tsx'

/** With whom to talk alone. Of each pair there is one conversation for ever. */
export function NewMessageDialog({ onClose }: { readonly onClose: () => void }) {
  const [picked, setPicked] = useState<User>()
  const [problem, setProblem] = useState<string>()
  const start = async (user: User): Promise<void> => {
    if (picked) return
    setPicked(user)
    setProblem(undefined)
    try {
      const { roomId } = await chat.startDirect(user.id)
      onClose()
      navigate(roomPath(roomId))
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error
      setProblem(`“\u2068${nameOf(user)}\u2069”: ${refusalWords(error)}`)
      setPicked(undefined)
    }
  }
  return (
    <Dialog title="New message" size="medium" onClose={onClose}>
      <PeopleFinder
        chat={chat}
        label="To"
        autoFocus
        hint="A conversation of two. Nobody else sees it."
        onPick={(user) => void start(user)}
        stateOf={(userId) => (userId === picked?.id ? 'Opening…' : '')}
      />
      {problem && <FormError>{problem}</FormError>}
    </Dialog>
  )
}
