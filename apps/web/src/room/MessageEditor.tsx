import type { RowView } from '@parley/client'
import { bodyProblem, cleanBody, LIMITS } from '@parley/protocol'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Button } from '../kit/Button.tsx'
import { counterText } from '../kit/counter.ts'
import { TextArea } from '../kit/TextArea.tsx'
import { refusalWords } from '../refusal-words.ts'
import styles from './MessageEditor.module.css'
import type { RowActions } from './row-actions.ts'
import { isPlainEnter } from './send-key.ts'

export interface MessageEditorProps {
  readonly row: RowView
  readonly actions: RowActions
}

/** In the place of the message's text. An emptied message is not saved: it asks whether to delete. */
export function MessageEditor({ row, actions }: MessageEditorProps) {
  const [text, setText] = useState(row.body)
  const [problem, setProblem] = useState<string>()
  const area = useRef<HTMLTextAreaElement>(null)
  const counter = counterText(text.length, LIMITS.messageLength)

  useLayoutEffect(() => {
    const element = area.current
    if (!element) return
    element.focus({ preventScroll: true })
    element.setSelectionRange(element.value.length, element.value.length)
    element.scrollIntoView({ block: 'nearest' })
  }, [])

  const save = (): void => {
    const body = cleanBody(text)
    const code = bodyProblem(body)
    if (body === '') actions.askDelete(row)
    else if (code) setProblem(refusalWords({ code, message: '', retryAfterMs: undefined, details: undefined }))
    else actions.saveEdit(row, body)
  }

  return (
    <form
      class={styles.editor}
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <div class={styles.box}>
        <TextArea
          label="Edited text"
          class={styles.area}
          value={text}
          maxRows={12}
          areaRef={area}
          aria-invalid={problem ? 'true' : undefined}
          onInput={(value) => {
            setText(value)
            setProblem(undefined)
          }}
          onKeyDown={(event) => {
            if (event.key === 'Escape') {
              event.preventDefault()
              event.stopPropagation()
              actions.cancelEdit()
            } else if (isPlainEnter(event)) {
              event.preventDefault()
              save()
            }
          }}
        />
      </div>
      <div class={styles.foot}>
        <Button size="small" variant="primary" type="submit">
          Save
        </Button>
        <Button size="small" variant="quiet" onClick={actions.cancelEdit}>
          Cancel
        </Button>
        <span class={styles.note} role="alert">
          {problem}
        </span>
        {counter && <span class={counter.isOver ? styles.over : styles.counter}>{counter.text}</span>}
      </div>
    </form>
  )
}
