import { RefusalError, UnreachableError } from '@parley/client'
import { cleanName, LIMITS, personNameProblem } from '@parley/protocol'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from '../kit/Button.tsx'
import { FormError } from '../kit/FormError.tsx'
import { announce } from '../kit/LiveRegion.tsx'
import { Logo } from '../kit/Logo.tsx'
import { TextField } from '../kit/TextField.tsx'
import { refusalWords, secondsWords } from '../refusal-words.ts'
import { enter, type Outside } from '../session.ts'
import { useCountdown } from '../shell/useCountdown.ts'
import styles from './SignIn.module.css'
import { Suggestion } from './Suggestion.tsx'
import { Ways } from './Ways.tsx'

/** What stands between the person and the rooms. */
type Trouble =
  | { readonly kind: 'name'; readonly words: string; readonly suggestion: string | undefined }
  | { readonly kind: 'wait'; readonly why: 'busy' | 'unreachable'; readonly until: number }
  | { readonly kind: 'other'; readonly words: string }

const RETRY_MS = 3_000

/** Type a name and be in. */
export function SignIn({ session }: { readonly session: Outside }) {
  const [name, setName] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [trouble, setTrouble] = useState<Trouble>()
  const field = useRef<HTMLInputElement>(null)
  const waiting = trouble?.kind === 'wait' ? trouble : undefined

  const submit = async (asked: string): Promise<void> => {
    const clean = cleanName(asked)
    const problem = personNameProblem(clean)
    if (problem) {
      const refusal = { code: problem, message: '', retryAfterMs: undefined, details: undefined }
      setTrouble({ kind: 'name', words: refusalWords(refusal), suggestion: undefined })
      field.current?.focus()
      return
    }
    setBusy(true)
    try {
      await enter(clean)
    } catch (error) {
      const met = troubleOf(error)
      setTrouble(met)
      if (met.kind === 'wait') return // It goes on by itself, so the button stays busy.
      setBusy(false)
      field.current?.focus()
    }
  }
  const leftMs = useCountdown(waiting?.until, () => void submit(name))
  const stop = (): void => {
    setTrouble(undefined)
    setBusy(false)
  }

  useEffect(() => {
    if (trouble?.kind === 'name') announce(trouble.words)
  }, [trouble])

  return (
    <div class={styles.form}>
      <form
        class={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (!isBusy) void submit(name)
        }}
      >
        <Logo size="2.25rem" wordmark />
        <div class={styles.words}>
          <h1 class={styles.title}>{session.hasEnded ? 'Your session has ended' : 'Come in and talk'}</h1>
          <p class={styles.lead}>{session.hasEnded ? endedWords(session.rescued.size) : LEAD}</p>
        </div>
        <TextField
          label="Your name"
          size="large"
          value={name}
          limit={LIMITS.personNameLength}
          autoComplete="nickname"
          autoFocus
          readOnly={isBusy}
          enterkeyhint="go"
          spellcheck={false}
          inputRef={field}
          error={trouble?.kind === 'name' ? trouble.words : undefined}
          onInput={(value) => {
            setName(value)
            if (trouble?.kind !== 'wait') setTrouble(undefined)
          }}
        />
        {trouble?.kind === 'name' && trouble.suggestion && (
          <Suggestion
            name={trouble.suggestion}
            onSelect={(suggested) => {
              setName(suggested)
              setTrouble(undefined)
              field.current?.focus()
            }}
          />
        )}
        {trouble?.kind === 'other' && <FormError>{trouble.words}</FormError>}
        <Button type="submit" variant="primary" size="large" wide busy={isBusy}>
          Enter
        </Button>
        {waiting && (
          <div class={styles.wait}>
            <p role="status">{WAIT_WORDS[waiting.why]}</p>
            <p>
              <span class="tabular">{leftMs > 0 ? `Trying again in ${secondsWords(leftMs)}.` : 'Trying again…'}</span>{' '}
              <button type="button" class={styles.stop} onClick={stop}>
                Stop
              </button>
            </p>
          </div>
        )}
      </form>
      <Ways at="guest" />
    </div>
  )
}

const LEAD = 'Pick the name that others will see. No password, no e-mail.'
const WAIT_WORDS = {
  busy: 'Many people are coming in just now. Your name is kept.',
  unreachable: 'The server does not answer. Your name is kept.',
} as const

function endedWords(kept: number): string {
  const what = kept > 0 ? 'What you had typed is kept and comes back with you.' : 'Nothing that you had typed is lost.'
  return `You were signed out here. Enter again to go on. ${what}`
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof UnreachableError) return { kind: 'wait', why: 'unreachable', until: Date.now() + RETRY_MS }
  if (!(error instanceof RefusalError)) throw error
  switch (error.code) {
    case 'busy':
      return { kind: 'wait', why: 'busy', until: Date.now() + (error.retryAfterMs ?? RETRY_MS) }
    case 'name-empty':
    case 'name-too-long':
    case 'name-taken':
    case 'name-confusable':
      return { kind: 'name', words: refusalWords(error), suggestion: error.details?.suggestion }
    default:
      return { kind: 'other', words: refusalWords(error) }
  }
}
