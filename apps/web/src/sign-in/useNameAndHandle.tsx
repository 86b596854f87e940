import { LIMITS, type RefusalCode } from '@parley/protocol'
import type { ComponentChild, RefObject } from 'preact'
import { useState } from 'preact/hooks'
import { suggestHandle, typedHandle } from '../account/suggest-handle.ts'
import { nameProblem, type Sending } from '../account/useSending.ts'
import { TextField } from '../kit/TextField.tsx'
import { Suggestion } from './Suggestion.tsx'

export interface NameAndHandle {
  readonly name: string
  /** As it will be sent. */
  readonly handle: string
  /** What is wrong before anything is sent. */
  readonly problems: { readonly name: RefusalCode | undefined; readonly handle: 'handle-invalid' | undefined }
  readonly fields: ComponentChild
}

export interface NameAndHandleOptions {
  readonly first: RefObject<HTMLInputElement | null>
  readonly handleHint: string
  /** The name to begin with. */
  readonly known?: string | undefined
}

/** How somebody new is called: a name, and a handle that follows it until one types one's own. */
export function useNameAndHandle(
  { isBusy, problems, suggestion, freeHandle, clear }: Sending,
  { first, handleHint, known = '' }: NameAndHandleOptions,
): NameAndHandle {
  const [name, setName] = useState(known)
  const [ownHandle, setOwnHandle] = useState<string>()
  const shown = ownHandle ?? suggestHandle(name)
  const handle = typedHandle(shown)
  return {
    name,
    handle,
    problems: { name: nameProblem(name), handle: handleProblem(handle) },
    fields: (
      <>
        <TextField
          label="Your name"
          name="name"
          autoComplete="nickname"
          spellcheck={false}
          limit={LIMITS.personNameLength}
          readOnly={isBusy}
          value={name}
          error={problems.name}
          hint="As others see it. It can be changed later."
          inputRef={first}
          onInput={(value) => {
            setName(value)
            clear('name')
            if (ownHandle === undefined) clear('handle')
          }}
        />
        {suggestion && (
          <Suggestion
            name={suggestion}
            onSelect={(free) => {
              setName(free)
              setOwnHandle(undefined)
              clear('name')
            }}
          />
        )}
        <TextField
          label="Handle"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          autoCorrect="off"
          spellcheck={false}
          limit={LIMITS.handleLength}
          readOnly={isBusy}
          value={shown}
          error={problems.handle}
          hint={handleHint}
          onInput={(value) => {
            setOwnHandle(value)
            clear('handle')
          }}
        />
        {freeHandle && (
          <Suggestion
            name={freeHandle}
            onSelect={(free) => {
              setOwnHandle(free)
              clear('handle')
            }}
          />
        )}
      </>
    ),
  }
}

function handleProblem({ length }: string): 'handle-invalid' | undefined {
  return length < 2 || length > LIMITS.handleLength ? 'handle-invalid' : undefined
}
