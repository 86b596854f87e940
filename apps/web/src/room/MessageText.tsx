import { useMemo, useState } from 'preact/hooks'
import { classes } from '../kit/classes.ts'
import { fullTimeWords } from './day-words.ts'
import { isEmojiOnly } from './emoji-only.ts'
import { linkify } from './linkify.ts'
import styles from './MessageText.module.css'

export interface MessageTextProps {
  readonly body: string
  readonly editedAt: number | undefined
  /** Links are reached by Tab from the message that has the focus, not from every message. */
  readonly isReachable: boolean
}

const LONG_LINES = 24
const LONG_CHARACTERS = 1_800
/** Which long messages were opened; a row that scrolls out of the page and back keeps its height. */
const opened = new Set<string>()

/** What somebody wrote: plain text with links, in its own direction paragraph by paragraph. */
export function MessageText({ body, editedAt, isReachable }: MessageTextProps) {
  const parts = useMemo(() => linkify(body), [body])
  const isLarge = useMemo(() => isEmojiOnly(body), [body])
  const isLong = useMemo(() => body.length > LONG_CHARACTERS || hasManyLines(body), [body])
  const [isOpen, setOpen] = useState(() => opened.has(body))
  const isClamped = isLong && !isOpen
  const tabIndex = isReachable ? undefined : -1
  return (
    <>
      <div class={classes(styles.text, isLarge && styles.large, isClamped && styles.clamped)} dir="auto">
        {parts.map((part, index) =>
          part.kind === 'text' ? (
            part.text
          ) : (
            <a key={index} href={part.href} target="_blank" rel="noopener noreferrer" tabIndex={tabIndex}>
              {part.text}
            </a>
          ),
        )}
        {editedAt !== undefined && (
          <span class={styles.edited} title={fullTimeWords(editedAt)}>
            {' (edited)'}
          </span>
        )}
      </div>
      {isLong && (
        <button
          type="button"
          class={styles.more}
          tabIndex={tabIndex}
          aria-expanded={isOpen}
          onClick={() => {
            if (isOpen) opened.delete(body)
            else opened.add(body)
            setOpen(!isOpen)
          }}
        >
          {isOpen ? 'Show less' : 'Show more'}
        </button>
      )}
    </>
  )
}

function hasManyLines(body: string): boolean {
  let lines = 1
  for (let at = body.indexOf('\n'); at >= 0; at = body.indexOf('\n', at + 1)) {
    lines += 1
    if (lines > LONG_LINES) return true
  }
  return false
}
