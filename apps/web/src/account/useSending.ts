import type { Refusal } from '@parley/client'
import { cleanName, personNameProblem, type RefusalCode } from '@parley/protocol'
import { useEffect, useRef, useState } from 'preact/hooks'
import { announce } from '../kit/LiveRegion.tsx'
import { refusalWords } from '../refusal-words.ts'
import { AWAY, refusalOf, sendWords } from './trouble-words.ts'

export type Field = 'name' | 'handle' | 'email' | 'current' | 'password'
type Problems = Readonly<Partial<Record<Field | 'form', string>>>

export interface Sending {
  readonly isBusy: boolean
  /** What is wrong, by field; `form` for what belongs to none. */
  readonly problems: Problems
  /** A free name like the one that was taken. */
  readonly suggestion: string | undefined
  /** A free handle like the one that was taken. */
  readonly freeHandle: string | undefined
  /** Runs it unless one is running. True when it went through; else the problems say why. */
  send(act: () => Promise<unknown>): Promise<boolean>
  /** Wrong before anything is sent. True when there was something. */
  refuse(found: Partial<Record<Field, RefusalCode | undefined>>): boolean
  /** Typing again takes the problem away. */
  clear(field: Field): void
}

/** Where a refusal is shown; without a place here, or in a form without that field, it is the whole form's. */
const FIELD_OF: Partial<Record<RefusalCode, Field>> = {
  'name-empty': 'name',
  'name-too-long': 'name',
  'name-taken': 'name',
  'name-confusable': 'name',
  'handle-invalid': 'handle',
  'email-invalid': 'email',
  'email-domain-refused': 'email',
  'wrong-password': 'current',
  'wrong-credentials': 'password',
  'password-too-short': 'password',
  'password-too-long': 'password',
  'password-too-common': 'password',
}

/** Sends a form and puts every refusal beside its field, in words. */
export function useSending(fields: readonly Field[]): Sending {
  const [isBusy, setBusy] = useState(false)
  const [problems, setProblems] = useState<Problems>({})
  const [free, setFree] = useState<{ readonly text: string | undefined; readonly isHandle: boolean }>()
  const isRunning = useRef(false)
  const [shown, setShown] = useState(0)

  const show = (found: Problems): void => {
    setProblems(found)
    setShown((times) => times + 1)
    const [first] = Object.values(found)
    if (first && !found.form) announce(first) // A form's own problem speaks for itself.
  }
  // When problems appear, not when one of several is typed away: that would take the cursor out of the field.
  useEffect(() => {
    if (shown > 0) document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [shown])

  return {
    isBusy,
    problems,
    suggestion: free?.isHandle ? undefined : free?.text,
    freeHandle: free?.isHandle ? free.text : undefined,
    async send(act) {
      if (isRunning.current) return false
      isRunning.current = true
      setBusy(true)
      setProblems({})
      setFree(undefined)
      try {
        await act()
        return true
      } catch (error) {
        const refusal = refusalOf(error)
        const field = refusal && fieldOf(refusal)
        setFree({ text: refusal?.details?.suggestion, isHandle: field === 'handle' })
        show({ [field && fields.includes(field) ? field : 'form']: refusal ? words(refusal) : AWAY })
        return false
      } finally {
        isRunning.current = false
        setBusy(false)
      }
    },
    refuse(found) {
      const wrong = Object.entries(found).flatMap(([field, code]) => (code ? [[field, codeWords(code)] as const] : []))
      if (wrong.length > 0) show(Object.fromEntries(wrong))
      return wrong.length > 0
    },
    clear(field) {
      if (problems[field] || problems.form) setFree(undefined)
      // Of what stands by then: two fields may be cleared in one turn.
      setProblems((present) => {
        if (!present[field] && !present.form) return present
        const { [field]: _gone, form: _also, ...rest } = present
        return rest
      })
    },
  }
}

export function nameProblem(name: string): RefusalCode | undefined {
  return personNameProblem(cleanName(name))
}

const HANDLE_TAKEN = 'Somebody here already has this handle. Choose another.'
const HANDLE_CONFUSABLE =
  'This handle looks like one that somebody here already has. Choose one that can be told apart.'

function fieldOf({ code, details }: Refusal): Field | undefined {
  return details?.field === 'handle' ? 'handle' : FIELD_OF[code]
}

function words(refusal: Refusal): string {
  const isHandle = fieldOf(refusal) === 'handle' && refusal.code !== 'handle-invalid'
  if (!isHandle) return sendWords(refusal)
  return refusal.code === 'name-taken' ? HANDLE_TAKEN : HANDLE_CONFUSABLE
}

function codeWords(code: RefusalCode): string {
  return refusalWords({ code, message: '', retryAfterMs: undefined, details: undefined })
}
