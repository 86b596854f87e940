import { TextField } from '../kit/TextField.tsx'
import { instance } from './instance.ts'

export interface EmailFieldProps {
  readonly value: string
  readonly onInput: (value: string) => void
  readonly error: string | undefined
  readonly readOnly: boolean
}

/** Optional, unless this server wants one of certain domains. */
export function EmailField({ value, onInput, error, readOnly }: EmailFieldProps) {
  const { emailDomains } = instance.value
  const isNeeded = emailDomains.length > 0
  return (
    <TextField
      label={isNeeded ? 'E-mail' : 'E-mail (optional)'}
      type="email"
      name="email"
      autoComplete="email"
      autoCapitalize="none"
      spellcheck={false}
      required={isNeeded}
      value={value}
      onInput={onInput}
      readOnly={readOnly}
      error={error}
      hint={isNeeded ? `One at ${listed(emailDomains)}. Never shown to others.` : 'Never shown to others.'}
    />
  )
}

/** What goes with a command: an empty field is no address. */
export function emailInput(typed: string): { readonly email?: string } {
  const email = typed.trim()
  return email === '' ? {} : { email }
}

function listed(domains: readonly string[]): string {
  return domains.length < 2 ? domains.join('') : `${domains.slice(0, -1).join(', ')} or ${domains.at(-1)}`
}
