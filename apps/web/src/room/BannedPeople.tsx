import { type ChatClient, nameOf, RefusalError } from '@parley/client'
import type { QueryOutput, Room, UserId } from '@parley/protocol'
import { useEffect, useState } from 'preact/hooks'
import { Avatar } from '../kit/Avatar.tsx'
import { Button } from '../kit/Button.tsx'
import { Dialog } from '../kit/Dialog.tsx'
import { FormError } from '../kit/FormError.tsx'
import { announce } from '../kit/LiveRegion.tsx'
import { Spinner } from '../kit/Spinner.tsx'
import { refusalWords } from '../refusal-words.ts'
import { exactTime } from '../shell/time-words.ts'
import styles from './BannedPeople.module.css'

export interface BannedPeopleProps {
  readonly chat: ChatClient
  readonly room: Room
  readonly onClose: () => void
}

type Bans = QueryOutput<'list-bans'>['bans']

/** Who may not come in, until when, and the end of it. */
export function BannedPeople({ chat, room, onClose }: BannedPeopleProps) {
  const [bans, setBans] = useState<Bans>()
  const [ending, setEnding] = useState<UserId>()
  const [problem, setProblem] = useState<string>()
  const tell = (error: unknown): void => {
    if (!(error instanceof RefusalError)) throw error
    setProblem(refusalWords(error))
  }
  useEffect(() => {
    chat.listBans(room.id).then((answer) => setBans(answer.bans), tell)
  }, [chat, room.id])

  const unban = async ({ user }: Bans[number]): Promise<void> => {
    setEnding(user.id)
    setProblem(undefined)
    try {
      await chat.unbanMember(room.id, user.id)
      setBans((before) => before?.filter((ban) => ban.user.id !== user.id))
      announce(`${nameOf(user)} may come in again.`)
    } catch (error) {
      tell(error)
    } finally {
      setEnding(undefined)
    }
  }

  return (
    <Dialog
      title="Banned people"
      onClose={onClose}
      footer={
        <Button autoFocus onClick={onClose}>
          Back
        </Button>
      }
    >
      {problem && <FormError>{problem}</FormError>}
      {bans === undefined && !problem && <Spinner label="Loading" />}
      {bans?.length === 0 && <p class={styles.none}>Nobody is banned from this room.</p>}
      {bans && bans.length > 0 && (
        <ul class={styles.list} aria-label="Banned people">
          {bans.map((ban) => (
            <li key={ban.user.id} class={styles.ban}>
              <Avatar name={nameOf(ban.user)} seed={ban.user.id} size="s" />
              <span class={styles.words}>
                <bdi class={styles.name}>{nameOf(ban.user)}</bdi>
                <span class={styles.until}>
                  {ban.until === undefined ? 'For ever' : `Until ${exactTime(ban.until)}`}
                </span>
              </span>
              <Button
                size="small"
                busy={ending === ban.user.id}
                aria-label={`Unban ${nameOf(ban.user)}`}
                onClick={() => void unban(ban)}
              >
                Unban
              </Button>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  )
}
