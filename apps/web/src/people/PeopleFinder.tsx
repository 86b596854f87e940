import { type ChatClient, nameOf, RefusalError } from '@parley/client'
import { LIMITS, type User, type UserId } from '@parley/protocol'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useObservable } from '../chat.ts'
import { Avatar } from '../kit/Avatar.tsx'
import { SearchIcon } from '../kit/icons.tsx'
import { useRovingFocus } from '../kit/roving.ts'
import { Skeleton } from '../kit/Skeleton.tsx'
import { TextField } from '../kit/TextField.tsx'
import { refusalWords } from '../refusal-words.ts'
import styles from './PeopleFinder.module.css'

export interface PeopleFinderProps {
  readonly chat: ChatClient
  readonly label: string
  readonly hint?: string
  readonly autoFocus?: boolean
  readonly onPick: (user: User) => void
  /** Stands at the end of a person's row: that they were added, say. */
  readonly stateOf?: (userId: UserId) => ComponentChildren
}

const DELAY_MS = 150

/** Finds people by name or handle. Arrow down leads from the text into the list; Enter picks the first. */
export function PeopleFinder({ chat, label, hint, autoFocus = false, onPick, stateOf }: PeopleFinderProps) {
  const [typed, setTyped] = useState('')
  const me = useObservable(chat.me)
  const text = typed.trim().replace(/^@/, '')
  const { people, problem } = useFound(chat, text)
  const found = people?.filter((user) => user.id !== me?.id)
  const field = useRef<HTMLInputElement>(null)
  const list = useRef<HTMLUListElement>(null)
  return (
    <search class={styles.finder}>
      <TextField
        type="search"
        label={label}
        placeholder="Name or @handle"
        icon={<SearchIcon />}
        autoComplete="off"
        spellcheck={false}
        maxLength={LIMITS.filterLength}
        {...(autoFocus && { autoFocus: true })}
        hint={hint}
        error={problem}
        value={typed}
        inputRef={field}
        onInput={setTyped}
        onKeyDown={(event) => {
          if (event.isComposing) return
          const first = found?.[0]
          if (event.key === 'ArrowDown') {
            event.preventDefault()
            list.current?.querySelector<HTMLElement>('[data-roving]')?.focus()
          } else if (event.key === 'Enter' && first && text !== '') {
            event.preventDefault()
            onPick(first)
          }
        }}
      />
      <div class={styles.results}>
        {text === '' ? null : found === undefined ? (
          <Waiting />
        ) : found.length === 0 ? (
          <p class={styles.none} role="status">
            Nobody here is called so.
          </p>
        ) : (
          <Found users={found} listRef={list} onPick={onPick} stateOf={stateOf} field={field} />
        )}
      </div>
    </search>
  )
}

interface FoundProps extends Pick<PeopleFinderProps, 'onPick'> {
  readonly users: readonly User[]
  readonly listRef: { current: HTMLUListElement | null }
  readonly field: { readonly current: HTMLInputElement | null }
  readonly stateOf: PeopleFinderProps['stateOf'] | undefined
}

function Found({ users, listRef, onPick, stateOf, field }: FoundProps) {
  useRovingFocus(listRef, { wraps: false })
  return (
    <ul
      ref={listRef}
      class={styles.list}
      aria-label="People"
      onKeyDown={(event) => {
        const isFirst = document.activeElement === listRef.current?.querySelector('[data-roving]')
        if (event.key !== 'ArrowUp' || !isFirst) return
        event.preventDefault()
        field.current?.focus()
      }}
    >
      {users.map((user) => (
        <li key={user.id}>
          <button type="button" class={styles.person} data-roving="" onClick={() => onPick(user)}>
            <Avatar name={nameOf(user)} seed={user.id} size="s" />
            <bdi class={styles.name}>{nameOf(user)}</bdi>
            <bdi class={styles.handle}>@{user.handle}</bdi>
            <span class={styles.state}>{stateOf?.(user.id)}</span>
          </button>
        </li>
      ))}
    </ul>
  )
}

function Waiting() {
  return (
    <div class={styles.list} aria-busy="true">
      {['50%', '65%', '40%'].map((width) => (
        <span key={width} class={styles.person}>
          <Skeleton shape="face" width="1.75rem" height="1.75rem" />
          <Skeleton width={width} />
        </span>
      ))}
    </div>
  )
}

/** Of several answers only the one to the last question counts. What was found stays until the next is there. */
function useFound(chat: ChatClient, text: string) {
  const [people, setPeople] = useState<readonly User[]>()
  const [problem, setProblem] = useState<string>()
  useEffect(() => {
    setProblem(undefined)
    if (text === '') {
      setPeople(undefined)
      return
    }
    let isCurrent = true
    const ask = async (): Promise<void> => {
      try {
        const users = await chat.findPeople(text)
        if (isCurrent) setPeople(users)
      } catch (error) {
        if (isCurrent && error instanceof RefusalError) setProblem(refusalWords(error))
      }
    }
    const timer = setTimeout(() => void ask(), DELAY_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [chat, text])
  return { people, problem }
}
