import type { ComponentChildren } from 'preact'
import { Button } from '../kit/Button.tsx'
import { FormError } from '../kit/FormError.tsx'
import { Logo } from '../kit/Logo.tsx'
import styles from './SignIn.module.css'

export interface DoorFormProps {
  readonly title: ComponentChildren
  readonly lead?: ComponentChildren
  /** The fields. */
  readonly children?: ComponentChildren
  /** What is wrong with all of it. */
  readonly problem?: string | undefined
  readonly action: string
  readonly isBusy: boolean
  readonly onSubmit: () => void
  /** Below the button. */
  readonly below?: ComponentChildren
}

/** The form of a screen before one is in: a title, fields, one act. */
export function DoorForm({ title, lead, children, problem, action, isBusy, onSubmit, below }: DoorFormProps) {
  return (
    <div class={styles.form}>
      <Logo size="2.25rem" wordmark />
      <div class={styles.words}>
        <h1 class={styles.title}>{title}</h1>
        {lead && <p class={styles.lead}>{lead}</p>}
      </div>
      <form
        class={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (!isBusy) onSubmit()
        }}
      >
        {children && <div>{children}</div>}
        {problem && <FormError>{problem}</FormError>}
        <Button type="submit" variant="primary" size="large" wide busy={isBusy}>
          {action}
        </Button>
      </form>
      {below}
    </div>
  )
}
