import { LIMITS, type RoomInfo } from '@parley/protocol'
import { useState } from 'preact/hooks'
import { command, query } from '../account/ask.ts'
import { troubleWords } from '../account/trouble-words.ts'
import { Button } from '../kit/Button.tsx'
import { ConfirmDialog } from '../kit/ConfirmDialog.tsx'
import { classes } from '../kit/classes.ts'
import { EmptyState } from '../kit/EmptyState.tsx'
import { HashIcon, LockIcon } from '../kit/icons.tsx'
import { showToast } from '../kit/toasts.ts'
import { now } from '../shell/now.ts'
import { timeAgo } from '../shell/time-words.ts'
import styles from './Admin.module.css'
import { PageEnd } from './PageEnd.tsx'
import { usePages } from './usePages.ts'

/** Every room by its size, never what is said in it. */
export function AllRooms() {
  const [closing, setClosing] = useState<RoomInfo>()
  const pages = usePages('', async (after) => {
    const { rooms, next, total } = await query('list-all-rooms', {
      limit: LIMITS.peoplePerPage,
      ...(after !== undefined && { after }),
    })
    return { rows: rooms, next, total }
  })
  return (
    <section aria-labelledby="rooms-title">
      <h2 id="rooms-title" class="visually-hidden" tabIndex={-1}>
        Rooms
      </h2>
      <div class={styles.tools}>
        <p class={styles.lead}>By size, the largest first. Private rooms keep their names to themselves here, too.</p>
        <p class={styles.count} role="status">
          {pages.rows && (pages.total === 1 ? '1 room' : `${pages.total.toLocaleString()} rooms`)}
        </p>
      </div>
      {pages.rows && pages.rows.length > 0 && (
        <table class={classes(styles.table, styles.rooms)} aria-label="Rooms">
          <thead>
            <tr>
              <th scope="col">Room</th>
              <th scope="col" class={styles.figure}>
                Members
              </th>
              <th scope="col" class={styles.figure}>
                Messages
              </th>
              <th scope="col" class={styles.figure}>
                Last activity
              </th>
              <th scope="col">
                <span class="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {pages.rows.map((room) => (
              <Row key={room.id} room={room} onClose={() => setClosing(room)} />
            ))}
          </tbody>
        </table>
      )}
      {pages.rows?.length === 0 && (
        <EmptyState title="No rooms yet">Whoever makes the first one is listed with it.</EmptyState>
      )}
      <PageEnd pages={pages} />
      {closing && (
        <CloseRoom room={closing} onClose={() => setClosing(undefined)} onDone={() => void pages.refresh()} />
      )}
    </section>
  )
}

function Row({ room, onClose }: { readonly room: RoomInfo; readonly onClose: () => void }) {
  const isPrivate = room.kind === 'private'
  return (
    <tr>
      <td>
        <span class={styles.who}>
          {isPrivate ? <LockIcon /> : <HashIcon />}
          <div>
            <bdi class={styles.name}>{isPrivate ? 'Private room' : room.name}</bdi>
            <p class={styles.faint}>
              of <bdi>{room.owner.isDeleted ? 'a deleted person' : room.owner.displayName}</bdi>
            </p>
          </div>
        </span>
      </td>
      <td class={styles.figure}>
        {room.members.toLocaleString()}
        <span class={styles.hint}>{room.members === 1 ? ' member' : ' members'}</span>
      </td>
      <td class={styles.figure}>
        {room.messages.toLocaleString()}
        <span class={styles.hint}>{room.messages === 1 ? ' message' : ' messages'}</span>
      </td>
      <td class={styles.figure}>{timeAgo(room.lastActivityAt, now.value)}</td>
      <td class={styles.act}>
        <Button size="small" aria-label={`Close ${nameOf(room)}`} onClick={onClose}>
          Close…
        </Button>
      </td>
    </tr>
  )
}

interface CloseRoomProps {
  readonly room: RoomInfo
  readonly onClose: () => void
  readonly onDone: () => void
}

function CloseRoom({ room, onClose, onDone }: CloseRoomProps) {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const close = async (): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    try {
      await command('close-room', { roomId: room.id })
      onClose()
      onDone()
      showToast('The room is closed and being erased.', { tone: 'good' })
    } catch (error) {
      setProblem(troubleWords(error))
      setBusy(false)
    }
  }
  const members = room.members === 1 ? 'Its one member is' : `Its ${room.members.toLocaleString()} members are`
  const messages = room.messages === 1 ? 'its one message is' : `its ${room.messages.toLocaleString()} messages are`
  return (
    <ConfirmDialog
      title={`Close ${room.kind === 'private' ? nameOf(room) : `“\u2068${room.name}\u2069”`} permanently?`}
      confirmLabel="Close room permanently"
      busy={isBusy}
      error={problem}
      onConfirm={() => void close()}
      onCancel={onClose}
    >
      {members} moved to the lobby, and {messages} erased for good. Nobody can bring them back.
    </ConfirmDialog>
  )
}

function nameOf(room: RoomInfo): string {
  if (room.kind === 'public') return `\u2068${room.name}\u2069`
  return `the private room of \u2068${room.owner.displayName}\u2069`
}
