import type { Refusal } from '@parley/client'
import { cleanName, LIMITS, type RefusalCode, roomNameProblem, topicProblem } from '@parley/protocol'
import type { ComponentChild } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { FormError } from '../kit/FormError.tsx'
import { TextField } from '../kit/TextField.tsx'
import { refusalWords } from '../refusal-words.ts'

interface Problems {
  readonly name?: string | undefined
  readonly topic?: string | undefined
  readonly other?: string | undefined
}

interface NameAndTopic {
  readonly name: string
  readonly topic: string
}

export interface RoomFields {
  readonly fields: ComponentChild
  /** What was typed, cleaned; undefined when something is wrong with it, which is then said beside its field. */
  readonly check: () => NameAndTopic | undefined
  /** Says what the server refused beside the field that it is about. */
  readonly showRefusal: (refusal: Refusal) => void
}

export interface RoomFieldsOptions {
  readonly isBusy: boolean
  readonly topicHint?: string
  /** False: only the topic may be changed. */
  readonly hasName?: boolean
}

/** Name and topic of a room, new or existing, each with its own words when something is wrong with it. */
export function useRoomFields(initial: NameAndTopic, options: RoomFieldsOptions): RoomFields {
  const [name, setName] = useState(initial.name)
  const [topic, setTopic] = useState(initial.topic)
  const [problems, setProblems] = useState<Problems>({})
  const { isBusy, topicHint, hasName = true } = options
  const nameField = useRef<HTMLInputElement>(null)
  const topicField = useRef<HTMLInputElement>(null)

  const show = (found: Problems): void => {
    setProblems(found)
    if (found.name) nameField.current?.focus()
    else if (found.topic) topicField.current?.focus()
  }

  return {
    check() {
      const cleaned = { name: cleanName(name), topic: cleanName(topic) }
      const found = { name: words(roomNameProblem(cleaned.name)), topic: words(topicProblem(cleaned.topic)) }
      show(found)
      return found.name || found.topic ? undefined : cleaned
    },
    showRefusal(refusal) {
      const said = refusalWords(refusal)
      if (refusal.code.startsWith('room-name-')) show({ name: said })
      else show(refusal.code === 'topic-too-long' ? { topic: said } : { other: said })
    },
    fields: (
      <>
        {hasName && (
          <TextField
            label="Room name"
            autoFocus
            required
            autoComplete="off"
            limit={LIMITS.roomNameLength}
            value={name}
            readOnly={isBusy}
            inputRef={nameField}
            error={problems.name}
            onInput={(value) => {
              setName(value)
              setProblems({ ...problems, name: undefined, other: undefined })
            }}
          />
        )}
        <TextField
          label="Topic"
          {...(!hasName && { autoFocus: true })}
          autoComplete="off"
          limit={LIMITS.topicLength}
          value={topic}
          readOnly={isBusy}
          inputRef={topicField}
          hint={topicHint}
          error={problems.topic}
          onInput={(value) => {
            setTopic(value)
            setProblems({ ...problems, topic: undefined, other: undefined })
          }}
        />
        {problems.other && <FormError>{problems.other}</FormError>}
      </>
    ),
  }
}

function words(code: RefusalCode | undefined): string | undefined {
  return code && refusalWords({ code, message: '', retryAfterMs: undefined, details: undefined })
}
