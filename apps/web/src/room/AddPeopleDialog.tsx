import { type ChatClient, nameOf, RefusalError } from '@parley/client'
import type { Room, User, UserId } from '@parley/protocol'
import { useState } from 'preact/hooks'
import { Dialog } from '../kit/Dialog.tsx'
import { FormError } from '../kit/FormError.tsx'
import { CheckIcon } from '../kit/icons.tsx'
import { announce } from '../kit/LiveRegion.tsx'
import { PeopleFinder } from '../people/PeopleFinder.tsx'
import { refusalWords } from '../refusal-words.ts'
import styles from './AddPeopleDialog.module.css'
import { InvitationLinks } from './InvitationLinks.tsx'

export interface AddPeopleDialogProps {
  readonly chat: ChatClient
  readonly room: Room
  readonly onClose: () => void
}

/** Brings people into a room: those who are here already by name, others by a link. */
export function AddPeopleDialog({ chat, room, onClose }: AddPeopleDialogProps) {
  const [added, setAdded] = useState<ReadonlyMap<UserId, 'adding' | 'added'>>(new Map())
  const [problem, setProblem] = useState<string>()

  const mark = (userId: UserId, state: 'adding' | 'added' | undefined): void =>
    setAdded((before) => {
      const next = new Map(before)
      if (state) next.set(userId, state)
      else next.delete(userId)
      return next
    })
  const add = async (user: User): Promise<void> => {
    if (added.has(user.id)) return
    mark(user.id, 'adding')
    setProblem(undefined)
    try {
      await chat.addMember(room.id, user.id)
      mark(user.id, 'added')
      announce(`${nameOf(user)} was added.`)
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error
      mark(user.id, undefined)
      setProblem(addWords(user, error))
    }
  }

  return (
    <Dialog title="Add people" size="medium" onClose={onClose}>
      <PeopleFinder
        chat={chat}
        label="Find people"
        autoFocus
        hint="Press a name to add them at once. They see all that was said here."
        onPick={(user) => void add(user)}
        stateOf={(userId) =>
          added.get(userId) === 'added' ? (
            <span class={styles.added}>
              <CheckIcon size="1rem" />
              Added
            </span>
          ) : added.has(userId) ? (
            'Adding…'
          ) : (
            'Add'
          )
        }
      />
      {problem && <FormError>{problem}</FormError>}
      <InvitationLinks chat={chat} roomId={room.id} />
    </Dialog>
  )
}

function addWords(user: User, error: RefusalError): string {
  const name = `“\u2068${nameOf(user)}\u2069”`
  if (error.code === 'banned') return `${name} is banned from this room. End the ban in the room’s settings first.`
  if (error.code === 'too-many-rooms') return `${name} is in too many rooms already.`
  return `${name}: ${refusalWords(error)}`
}
