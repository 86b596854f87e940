import { LIMITS, type RefusalCode } from '@parley/protocol'
import type { Ref } from 'preact'
import { useState } from 'preact/hooks'
import { IconButton } from '../kit/IconButton.tsx'
import { CheckIcon, EyeIcon, EyeOffIcon } from '../kit/icons.tsx'
import { TextField } from '../kit/TextField.tsx'
import styles from './PasswordField.module.css'

export interface PasswordFieldProps {
  readonly label?: string
  /** Whether it is being chosen: then hints tell whether it will do. */
  readonly isNew?: boolean
  readonly value: string
  readonly onInput: (value: string) => void
  readonly error: string | undefined
  readonly readOnly?: boolean
  readonly hint?: string
  readonly inputRef?: Ref<HTMLInputElement>
}

export function PasswordField(props: PasswordFieldProps) {
  const { label = 'Password', isNew = false, value, onInput, error, readOnly = false, hint, inputRef } = props
  const [isShown, setShown] = useState(false)
  return (
    <TextField
      label={label}
      type={isShown ? 'text' : 'password'}
      // What password managers look for.
      name={isNew ? 'new-password' : 'password'}
      autoComplete={isNew ? 'new-password' : 'current-password'}
      autoCapitalize="none"
      autoCorrect="off"
      spellcheck={false}
      value={value}
      onInput={onInput}
      readOnly={readOnly}
      error={error}
      hint={isNew ? <NewPasswordHint value={value} /> : hint}
      {...(inputRef && { inputRef })}
      end={
        <IconButton
          label={isShown ? 'Hide password' : 'Show password'}
          size="small"
          icon={isShown ? <EyeOffIcon /> : <EyeIcon />}
          class={styles.eye}
          onClick={() => setShown(!isShown)}
        />
      }
    />
  )
}

function NewPasswordHint({ value }: { readonly value: string }) {
  const missing = LIMITS.passwordLeast - value.length
  if (value === '') return <>At least {LIMITS.passwordLeast} characters. Four words are good, too.</>
  if (missing > 0) return <>{missing === 1 ? '1 more character.' : `${missing} more characters.`}</>
  return (
    <span class={styles.good}>
      <CheckIcon size="1em" /> Long enough.
    </span>
  )
}

export function newPasswordProblem(password: string): RefusalCode | undefined {
  if (password.length < LIMITS.passwordLeast) return 'password-too-short'
  return password.length > LIMITS.passwordMost ? 'password-too-long' : undefined
}
