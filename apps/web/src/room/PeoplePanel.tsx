import { type ChatClient, nameOf } from '@parley/client'
import type { Occupants, RoomId, User, UserId } from '@parley/protocol'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { useObservable } from '../chat.ts'
import { Avatar } from '../kit/Avatar.tsx'
import { IconButton } from '../kit/IconButton.tsx'
import { CloseIcon } from '../kit/icons.tsx'
import { PersonButton } from '../people/PersonButton.tsx'
import { memo } from './memo.ts'
import { OtherMembers } from './OtherMembers.tsx'
import styles from './PeoplePanel.module.css'

export interface PeoplePanelProps {
  readonly chat: ChatClient
  readonly roomId: RoomId
  readonly occupants: Occupants | undefined
  readonly ownerId: UserId | undefined
  readonly memberCount: number
  /** It lies over the talk: it takes the focus, and a press beside it closes it. */
  readonly isLayer: boolean
  readonly onClose: () => void
}

/** Who is in the room now. */
export const PeoplePanel = memo(function PeoplePanel(props: PeoplePanelProps) {
  const { chat, roomId, occupants, ownerId, memberCount, isLayer, onClose } = props
  const panel = useRef<HTMLElement>(null)
  const me = useObservable(chat.me)
  const people = occupants?.people ?? []
  const more = (occupants?.count ?? 0) - people.length
  useLayoutEffect(() => {
    if (!isLayer) return
    panel.current?.querySelector('button')?.focus()
    const onPointerDown = ({ target }: PointerEvent): void => {
      if (!(target instanceof Element) || panel.current?.contains(target)) return
      // A person's card belongs to the panel it was opened from.
      if (!target.closest('[data-people-toggle], [data-person-card], dialog')) onClose()
    }
    document.addEventListener('pointerdown', onPointerDown)
    return () => document.removeEventListener('pointerdown', onPointerDown)
  }, [isLayer])
  return (
    <aside
      ref={panel}
      class={styles.panel}
      aria-label="People"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return
        event.preventDefault()
        onClose()
      }}
    >
      <header class={styles.head}>
        <h2 class={styles.title} id="people-here">
          People here
        </h2>
        <span class={styles.count}>{occupants?.count ?? ''}</span>
        <IconButton
          label="Hide people"
          size="small"
          class={styles.hide}
          icon={<CloseIcon size="1rem" />}
          onClick={onClose}
        />
      </header>
      {/* biome-ignore lint/a11y/noRedundantRoles: without bullets Safari takes it for no list. */}
      <ul class={styles.list} role="list" aria-labelledby="people-here">
        {people.map((user) => (
          <Person key={user.id} user={user} isMe={user.id === me?.id} isOwner={user.id === ownerId} />
        ))}
      </ul>
      {more > 0 && <p class={styles.note}>and {more.toLocaleString('en')} more</p>}
      <OtherMembers chat={chat} roomId={roomId} here={people} memberCount={memberCount} />
    </aside>
  )
})

interface PersonProps {
  readonly user: User
  readonly isMe: boolean
  readonly isOwner: boolean
}

function Person({ user, isMe, isOwner }: PersonProps) {
  return (
    <li class={styles.person}>
      <PersonButton userId={user.id} class={styles.row}>
        <Avatar name={nameOf(user)} seed={user.id} size="s" presence="here" />
        <span class={styles.name}>
          <bdi>{nameOf(user)}</bdi>
          {isMe && <span class={styles.tag}> (you)</span>}
        </span>
        {isOwner && (
          <span class={styles.tag} title="Administers this room">
            owner
          </span>
        )}
      </PersonButton>
    </li>
  )
}
