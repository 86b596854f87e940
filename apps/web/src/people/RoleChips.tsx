import type { OwnStanding, User } from '@parley/protocol'
import styles from './RoleChips.module.css'

export interface RoleChipsProps {
  readonly user: User
  /** In the room that is looked at. */
  readonly standing?: OwnStanding | undefined
  readonly now: number
}

/** What somebody is, on the server and in this room. */
export function RoleChips({ user, standing, now }: RoleChipsProps) {
  const words = roleWords(user, standing, now)
  if (words.length === 0) return null
  return (
    <span class={styles.chips}>
      {words.map((word) => (
        <span key={word} class={styles.chip} data-tone={word === 'Muted' ? 'them' : undefined}>
          {word}
        </span>
      ))}
    </span>
  )
}

function roleWords({ kind, role }: User, standing: OwnStanding | undefined, now: number): readonly string[] {
  const words: string[] = []
  if (role === 'owner') words.push('Owner')
  if (role === 'administrator') words.push('Administrator')
  if (standing?.role === 'owner') words.push('Room owner')
  if (standing?.role === 'moderator') words.push('Moderator')
  if (kind === 'guest') words.push('Guest')
  if ((standing?.mutedUntil ?? 0) > now) words.push('Muted')
  return words
}
