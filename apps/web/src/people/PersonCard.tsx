import { type ChatClient, nameOf, RefusalError } from '@parley/client'
import type { OwnStanding, Room, RoomRole, User } from '@parley/protocol'
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useObservable } from '../chat.ts'
import { Avatar } from '../kit/Avatar.tsx'
import { Button } from '../kit/Button.tsx'
import { FormError } from '../kit/FormError.tsx'
import {
  BanIcon,
  ChatIcon,
  CrownIcon,
  EyeIcon,
  EyeOffIcon,
  LeaveIcon,
  MuteIcon,
  PlusIcon,
  ShieldIcon,
} from '../kit/icons.tsx'
import { useAnchored } from '../kit/useAnchored.ts'
import { refusalWords } from '../refusal-words.ts'
import { navigate, roomPath } from '../routes.ts'
import type { Asked } from './asked.ts'
import { closeCard, type ShownCard } from './card-state.ts'
import styles from './PersonCard.module.css'
import { RoleChips } from './RoleChips.tsx'
import { mayModerate, outranks } from './rank.ts'
import { useMember } from './useMember.ts'

export interface PersonCardProps {
  readonly chat: ChatClient
  readonly shown: ShownCard
  readonly room: Room | undefined
  /** What I am in the room. */
  readonly role: RoomRole
  readonly onAsk: (asked: Asked) => void
}

/** Who somebody is, and what I can do with them. */
export function PersonCard({ chat, shown, room, role, onAsk }: PersonCardProps) {
  const user = useObservable(chat.people).get(shown.userId)
  if (!user) return null
  return (
    <CardLayer shown={shown} name={nameOf(user)}>
      <Card chat={chat} user={user} room={room} role={role} onAsk={onAsk} />
    </CardLayer>
  )
}

interface CardLayerProps {
  readonly shown: ShownCard
  readonly name: string
  readonly children: ComponentChildren
}

/** Beside the name or face. It takes the focus only when it was opened by a press. */
function CardLayer({ shown: { anchor, isPinned }, name, children }: CardLayerProps) {
  const [element, setElement] = useState<HTMLDivElement | null>(null)
  useAnchored(anchor, element, { placement: 'right-start' })
  // Its end is at once, too: after paint, a card that is gone would still take the Esc meant for a dialog opened from it.
  useLayoutEffect(() => {
    if (!element) return
    if (isPinned) element.focus({ preventScroll: true })
    const onPointerDown = ({ target }: PointerEvent): void => {
      if (target instanceof Node && !element.contains(target) && !anchor.contains(target)) closeCard()
    }
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      event.stopPropagation()
      if (element.contains(document.activeElement)) anchor.focus()
      closeCard()
    }
    document.addEventListener('pointerdown', onPointerDown, true)
    document.addEventListener('keydown', onKey, true)
    return () => {
      document.removeEventListener('pointerdown', onPointerDown, true)
      document.removeEventListener('keydown', onKey, true)
    }
  }, [element, anchor, isPinned])
  const pinned = useRef(isPinned)
  pinned.current = isPinned
  useLayoutEffect(
    () => () => {
      // The focus must not fall to the page with the layer; a row that is gone can not take it.
      if (pinned.current && document.activeElement === document.body) anchor.focus()
    },
    [],
  )
  return (
    <div
      ref={setElement}
      class={styles.card}
      popover="manual"
      role="dialog"
      aria-label={name}
      tabIndex={-1}
      data-person-card=""
      onFocusOut={(event) => {
        const next = event.relatedTarget
        if (next instanceof Node && !event.currentTarget.contains(next) && !anchor.contains(next)) closeCard()
      }}
    >
      {children}
    </div>
  )
}

interface CardProps extends Omit<PersonCardProps, 'shown'> {
  readonly user: User
}

function Card({ chat, user, room, role, onAsk }: CardProps) {
  const [member, askAgain] = useMember(chat, room, user.id)
  const { busy, problem, run } = useActs()
  const me = useObservable(chat.me)
  const isBlocked = useObservable(chat.blocked).has(user.id)
  const isMe = user.id === me?.id
  const standing = member === 'none' ? undefined : member

  const message = (): void =>
    void run('message', async () => {
      const { roomId } = await chat.startDirect(user.id)
      closeCard()
      navigate(roomPath(roomId))
    })

  return (
    <>
      <header class={styles.head}>
        <Avatar name={nameOf(user)} seed={user.id} size="l" />
        <span class={styles.names}>
          <bdi class={styles.name}>{nameOf(user)}</bdi>
          {!user.isDeleted && (
            <span class={styles.handle}>
              <bdi>@{user.handle}</bdi>
              {isMe && ' · you'}
            </span>
          )}
        </span>
      </header>
      {!user.isDeleted && <RoleChips user={user} standing={standing} now={Date.now()} />}
      {isBlocked && <p class={styles.note}>You block this person: their messages are hidden from you.</p>}
      {!isMe && (
        <div class={styles.acts}>
          {!user.isDeleted && (
            <Button
              size="small"
              variant="primary"
              icon={<ChatIcon size="1rem" />}
              busy={busy === 'message'}
              onClick={message}
            >
              Message
            </Button>
          )}
          {(!user.isDeleted || isBlocked) && (
            <Button
              size="small"
              icon={isBlocked ? <EyeIcon size="1rem" /> : <EyeOffIcon size="1rem" />}
              onClick={() => onAsk({ what: isBlocked ? 'unblock' : 'block', user })}
            >
              {isBlocked ? 'Unblock' : 'Block'}
            </Button>
          )}
        </div>
      )}
      {problem && <FormError>{problem}</FormError>}
      {!isMe && !user.isDeleted && room && room.kind !== 'direct' && member && mayModerate(role) && (
        <Moderation
          chat={chat}
          user={user}
          room={room}
          role={role}
          member={member}
          busy={busy}
          onAsk={onAsk}
          onAct={(name, act) => void run(name, act).then(askAgain)}
        />
      )}
    </>
  )
}

interface ModerationProps extends Omit<CardProps, 'room'> {
  readonly room: Room
  readonly member: OwnStanding | 'none'
  readonly busy: string | undefined
  readonly onAct: (name: string, act: () => Promise<void>) => void
}

/** What I may do in this room with somebody below me, and nothing else. */
function Moderation({ chat, user, room, role, member, busy, onAsk, onAct }: ModerationProps) {
  const isMuted = member !== 'none' && (member.mutedUntil ?? 0) > Date.now()
  if (member !== 'none' && !outranks(role, member.role)) return null
  return (
    <section class={styles.room} aria-label="In this room">
      <h3 class={styles.title}>In this room</h3>
      {member === 'none' && (
        <Act
          label="Add to this room"
          icon={<PlusIcon size="1.125rem" />}
          isBusy={busy === 'add'}
          onClick={() => onAct('add', () => chat.addMember(room.id, user.id))}
        />
      )}
      {member !== 'none' && role === 'owner' && (
        <>
          <Act
            label={member.role === 'moderator' ? 'Remove as moderator' : 'Make moderator'}
            icon={<ShieldIcon size="1.125rem" />}
            isBusy={busy === 'role'}
            onClick={() => {
              const next = member.role === 'moderator' ? 'member' : 'moderator'
              onAct('role', () => chat.setMemberRole(room.id, user.id, next))
            }}
          />
          <Act
            label="Hand over the room…"
            icon={<CrownIcon size="1.125rem" />}
            onClick={() => onAsk({ what: 'hand-over', user, room })}
          />
        </>
      )}
      {member !== 'none' && (
        <>
          {isMuted ? (
            <Act
              label="Unmute"
              icon={<MuteIcon size="1.125rem" />}
              isBusy={busy === 'unmute'}
              onClick={() => onAct('unmute', () => chat.unmuteMember(room.id, user.id))}
            />
          ) : (
            <Act
              label="Mute…"
              icon={<MuteIcon size="1.125rem" />}
              onClick={() => onAsk({ what: 'mute', user, room })}
            />
          )}
          <Act
            label="Remove from room…"
            icon={<LeaveIcon size="1.125rem" />}
            isDanger
            onClick={() => onAsk({ what: 'remove', user, room })}
          />
        </>
      )}
      <Act
        label="Ban…"
        icon={<BanIcon size="1.125rem" />}
        isDanger
        onClick={() => onAsk({ what: 'ban', user, room })}
      />
    </section>
  )
}

interface ActProps {
  readonly label: string
  readonly icon: ComponentChildren
  readonly isDanger?: boolean
  readonly isBusy?: boolean
  readonly onClick: () => void
}

function Act({ label, icon, isDanger = false, isBusy = false, onClick }: ActProps) {
  return (
    <button
      type="button"
      class={styles.act}
      data-tone={isDanger ? 'danger' : undefined}
      aria-busy={isBusy ? 'true' : undefined}
      aria-disabled={isBusy ? 'true' : undefined}
      onClick={() => {
        if (!isBusy) onClick()
      }}
    >
      {icon}
      {label}
    </button>
  )
}

/** One act at a time, and why it did not work. */
function useActs() {
  const [busy, setBusy] = useState<string>()
  const [problem, setProblem] = useState<string>()
  const run = async (name: string, act: () => Promise<void>): Promise<void> => {
    setBusy(name)
    setProblem(undefined)
    try {
      await act()
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error
      setProblem(refusalWords(error))
    } finally {
      setBusy(undefined)
    }
  }
  return { busy, problem, run }
}
