import { LIMITS, type PersonInfo } from '@parley/protocol'
import { useEffect, useRef, useState } from 'preact/hooks'
import { query } from '../account/ask.ts'
import { chat, useObservable } from '../chat.ts'
import { Avatar } from '../kit/Avatar.tsx'
import { classes } from '../kit/classes.ts'
import { EmptyState } from '../kit/EmptyState.tsx'
import { IconButton } from '../kit/IconButton.tsx'
import { MoreIcon, SearchIcon } from '../kit/icons.tsx'
import { Menu } from '../kit/Menu.tsx'
import { TextField } from '../kit/TextField.tsx'
import { exactDay } from '../shell/time-words.ts'
import styles from './Admin.module.css'
import { PageEnd } from './PageEnd.tsx'
import { PersonAct } from './PersonAct.tsx'
import { actsOn, type PersonActName } from './person-acts.ts'
import { usePages } from './usePages.ts'

const FILTER_DELAY_MS = 200

/** Everybody, and what may be done about each. */
export function People() {
  const me = useObservable(chat.me)
  const [typed, setTyped] = useState('')
  const [filter, setFilter] = useState('')
  const [asking, setAsking] = useState<{ readonly act: PersonActName; readonly person: PersonInfo }>()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    const timer = setTimeout(() => setFilter(typed.trim()), FILTER_DELAY_MS)
    return () => clearTimeout(timer)
  }, [typed])
  const pages = usePages(filter, async (after) => {
    const { people, next, total } = await query('list-people', {
      limit: LIMITS.peoplePerPage,
      ...(filter && { filter }),
      ...(after !== undefined && { after }),
    })
    return { rows: people, next, total }
  })
  return (
    <section aria-labelledby="people-title">
      <h2 id="people-title" class="visually-hidden" ref={heading} tabIndex={-1}>
        People
      </h2>
      <div class={styles.tools}>
        <TextField
          type="search"
          label="Find people"
          hideLabel
          placeholder="Find by name or handle"
          icon={<SearchIcon />}
          autoComplete="off"
          spellcheck={false}
          maxLength={LIMITS.filterLength}
          value={typed}
          onInput={setTyped}
        />
        <p class={styles.count} role="status">
          {pages.rows && (pages.total === 1 ? '1 person' : `${pages.total.toLocaleString()} people`)}
        </p>
      </div>
      {pages.rows && pages.rows.length > 0 && (
        <table class={classes(styles.table, styles.people)} aria-label="People">
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Role</th>
              <th scope="col" class={styles.figure}>
                Devices
              </th>
              <th scope="col" class={styles.figure}>
                Here since
              </th>
              <th scope="col">
                <span class="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {pages.rows.map((person) => (
              <Row
                key={person.user.id}
                person={person}
                isMe={person.user.id === me?.id}
                acts={me ? actsOn(person, me) : []}
                onAct={(act) => setAsking({ act, person })}
              />
            ))}
          </tbody>
        </table>
      )}
      {pages.rows?.length === 0 && (
        <EmptyState title="Nobody matches">
          No name or handle contains “<bdi>{filter}</bdi>”.
        </EmptyState>
      )}
      <PageEnd pages={pages} />
      {asking && <PersonAct {...asking} onClose={() => setAsking(undefined)} onDone={() => void pages.refresh()} />}
    </section>
  )
}

interface RowProps {
  readonly person: PersonInfo
  readonly isMe: boolean
  readonly acts: readonly { readonly name: PersonActName; readonly label: string; readonly isDanger: boolean }[]
  readonly onAct: (act: PersonActName) => void
}

function Row({ person, isMe, acts, onAct }: RowProps) {
  const { user, sessions, createdAt, email, isDisabled } = person
  return (
    <tr>
      <td>
        <span class={styles.who}>
          <Avatar name={user.displayName} seed={user.id} size="m" />
          <div>
            <span class={styles.name}>
              <bdi>{user.displayName}</bdi>
              {isMe && ' (you)'}
            </span>
            <p class={styles.faint}>
              <bdi>@{user.handle}</bdi>
              {email && (
                <>
                  {' · '}
                  <bdi>{email}</bdi>
                </>
              )}
            </p>
          </div>
        </span>
      </td>
      <td>
        <span class={styles.tags}>
          <span class={styles.tag} data-tone={user.role ? 'you' : undefined}>
            {user.role ?? (user.kind === 'guest' ? 'guest' : 'member')}
          </span>
          {isDisabled && (
            <span class={styles.tag} data-tone="danger">
              disabled
            </span>
          )}
        </span>
      </td>
      <td class={styles.figure}>
        {sessions}
        <span class={styles.hint}>{sessions === 1 ? ' device' : ' devices'}</span>
      </td>
      <td class={styles.figure}>
        <span class={styles.hint}>since </span>
        {exactDay(createdAt)}
      </td>
      <td class={styles.act}>
        {acts.length > 0 && (
          <Menu
            label={`Actions for ${user.displayName}`}
            items={acts.map(({ name, label, isDanger }) => ({
              label,
              ...(isDanger && { tone: 'danger' as const }),
              onSelect: () => onAct(name),
            }))}
            trigger={({ buttonRef, ...trigger }) => (
              <IconButton
                {...trigger}
                buttonRef={buttonRef}
                label={`Actions for ${user.displayName}`}
                icon={<MoreIcon />}
              />
            )}
          />
        )}
      </td>
    </tr>
  )
}
