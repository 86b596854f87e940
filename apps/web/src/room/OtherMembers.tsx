import { type ChatClient, nameOf, RefusalError } from '@parley/client'
import { LIMITS, type QueryOutput, type RoomId, type User } from '@parley/protocol'
import { useEffect, useState } from 'preact/hooks'
import { Avatar } from '../kit/Avatar.tsx'
import { Button } from '../kit/Button.tsx'
import { PersonButton } from '../people/PersonButton.tsx'
import { RoleChips } from '../people/RoleChips.tsx'
import { refusalWords } from '../refusal-words.ts'
import { now } from '../shell/now.ts'
import styles from './PeoplePanel.module.css'

export interface OtherMembersProps {
  readonly chat: ChatClient
  readonly roomId: RoomId
  readonly here: readonly User[]
  readonly memberCount: number
}

type Member = QueryOutput<'list-members'>['members'][number]

/** Members who are elsewhere now, page by page, once somebody asks for them. */
export function OtherMembers({ chat, roomId, here, memberCount }: OtherMembersProps) {
  const [members, setMembers] = useState<readonly Member[]>()
  const [next, setNext] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()

  const load = async (before: readonly Member[], after: string | undefined): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    try {
      const page = await chat.listMembers({ roomId, limit: LIMITS.membersPerPage, ...(after && { after }) })
      setMembers([...before, ...page.members])
      setNext(page.next)
    } catch (error) {
      if (error instanceof RefusalError) setProblem(refusalWords(error))
    } finally {
      setBusy(false)
    }
  }
  // Who came or went changes the list; asked anew from its beginning.
  useEffect(() => {
    if (members) void load([], undefined)
  }, [memberCount])

  if (memberCount === 0) return null
  const words = memberCount === 1 ? '1 member' : `${memberCount.toLocaleString('en')} members`
  if (!members) {
    return (
      <>
        <p class={styles.note}>{words} in all</p>
        {memberCount > here.length && (
          <Button size="small" wide busy={isBusy} onClick={() => void load([], undefined)}>
            Show all members
          </Button>
        )}
        {problem && <p class={styles.note}>{problem}</p>}
      </>
    )
  }
  const hereIds = new Set(here.map((user) => user.id))
  const others = members.filter((member) => !hereIds.has(member.user.id))
  return (
    <>
      <h3 class={styles.others} id="people-elsewhere">
        Not here now
      </h3>
      {others.length === 0 ? (
        <p class={styles.note}>All {words} are here.</p>
      ) : (
        // biome-ignore lint/a11y/noRedundantRoles: without bullets Safari takes it for no list.
        <ul class={styles.list} role="list" aria-labelledby="people-elsewhere">
          {others.map((member) => (
            <li key={member.user.id}>
              <PersonButton userId={member.user.id} class={styles.row}>
                <Avatar name={nameOf(member.user)} seed={member.user.id} size="s" />
                <bdi class={styles.name}>{nameOf(member.user)}</bdi>
                <RoleChips user={member.user} standing={member} now={now.value} />
              </PersonButton>
            </li>
          ))}
        </ul>
      )}
      {next && (
        <Button size="small" wide busy={isBusy} onClick={() => void load(members, next)}>
          Show more
        </Button>
      )}
      {problem && <p class={styles.note}>{problem}</p>}
    </>
  )
}
