import { LIMITS } from '@parley/protocol'
import { useEffect, useRef, useState } from 'preact/hooks'
import { chat, useObservable } from '../chat.ts'
import { Button } from '../kit/Button.tsx'
import { EmptyState } from '../kit/EmptyState.tsx'
import { IconButton } from '../kit/IconButton.tsx'
import { CloseIcon, PlusIcon, SearchIcon } from '../kit/icons.tsx'
import { TextField } from '../kit/TextField.tsx'
import { PersonCards } from '../people/PersonCards.tsx'
import { showLayer } from '../shell/layers.ts'
import { SidebarToggle } from '../shell/SidebarToggle.tsx'
import { ActiveRooms } from './ActiveRooms.tsx'
import { ExistingRooms } from './ExistingRooms.tsx'
import styles from './Lobby.module.css'
import { useRoomList } from './useLobby.ts'

const FILTER_DELAY_MS = 150

/** Who is talking where, and every room there is. */
export function Lobby() {
  useEffect(() => chat.openLobby(), [])
  const [typed, setTyped] = useState('')
  const filter = useLater(typed.trim(), FILTER_DELAY_MS)
  const field = useRef<HTMLInputElement>(null)
  const active = useRoomList('active', filter)
  const existing = useRoomList('existing', filter)
  const clear = (): void => {
    setTyped('')
    field.current?.focus()
  }
  const hasNoRooms = existing.rooms?.length === 0 && filter === ''
  const hasNoMatch = existing.rooms?.length === 0 && filter !== '' && !existing.isAsking
  return (
    <div class={styles.lobby}>
      <header class={styles.head}>
        <div class={styles.bar}>
          <SidebarToggle />
          <h1 class={styles.title} tabIndex={-1}>
            Lobby
          </h1>
          <Counts />
          <Button variant="primary" icon={<PlusIcon />} onClick={() => showLayer('new-room')}>
            New room
          </Button>
        </div>
      </header>
      <div class={styles.scroller}>
        <div class={styles.content}>
          <div class={styles.filter}>
            <TextField
              type="search"
              label="Filter rooms"
              hideLabel
              placeholder="Filter by name or topic"
              icon={<SearchIcon />}
              autoComplete="off"
              spellcheck={false}
              maxLength={LIMITS.filterLength}
              value={typed}
              inputRef={field}
              onInput={setTyped}
              onKeyDown={(event) => {
                if (event.key !== 'Escape' || typed === '') return
                event.preventDefault()
                setTyped('')
              }}
              end={
                typed && (
                  <IconButton label="Clear filter" size="small" icon={<CloseIcon size="1rem" />} onClick={clear} />
                )
              }
            />
          </div>
          {hasNoMatch ? (
            <EmptyState title="No room matches" action={<Button onClick={clear}>Show all rooms</Button>}>
              No name or topic contains “<bdi>{filter}</bdi>”.
            </EmptyState>
          ) : null}
          <ActiveRooms list={active} isFiltered={filter !== ''} hasNoRooms={hasNoRooms} isHidden={hasNoMatch} />
          <ExistingRooms list={existing} isEmpty={hasNoRooms} isHidden={hasNoMatch} />
        </div>
      </div>
      <PersonCards chat={chat} />
    </div>
  )
}

function Counts() {
  const lobby = useObservable(chat.lobby)
  if (!lobby) return <p class={styles.counts} />
  const { active, existing } = lobby.totals
  if (existing === 0) return <p class={styles.counts} />
  const rooms = existing === 1 ? '1 room' : `${existing.toLocaleString()} rooms`
  return <p class={styles.counts}>{active === 0 ? rooms : `${rooms}, ${active.toLocaleString()} active`}</p>
}

/** The value once it has stood still; at once when it is emptied. */
function useLater(value: string, delayMs: number): string {
  const [later, setLater] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), value === '' ? 0 : delayMs)
    return () => clearTimeout(timer)
  }, [value, delayMs])
  return later
}
