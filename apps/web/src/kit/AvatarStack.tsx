import { Avatar, type AvatarProps } from './Avatar.tsx'
import styles from './AvatarStack.module.css'
import { classes } from './classes.ts'

export interface AvatarStackProps {
  readonly people: readonly { readonly id: string; readonly name: string }[]
  /** How many there are, when `people` is not all of them. */
  readonly total?: number
  /** Faces shown before "+n" (4 unless told). */
  readonly max?: number
  readonly size?: 'xs' | 's' | 'm'
  /** Spoken, names and all: "Ann, Bo and 3 others are here". Without it the faces are decoration. */
  readonly label?: string
}

export function AvatarStack({ people, total = people.length, max = 4, size = 's', label }: AvatarStackProps) {
  const shown = people.slice(0, total > max ? max - 1 : max)
  const more = total - shown.length
  const spoken = label ? ({ role: 'img', 'aria-label': label } as const) : ({ 'aria-hidden': 'true' } as const)
  const faceSize: NonNullable<AvatarProps['size']> = size
  return (
    <span class={classes(styles.stack, styles[size])} {...spoken}>
      {shown.map((person) => (
        <span key={person.id} class={styles.place}>
          <Avatar name={person.name} seed={person.id} size={faceSize} />
        </span>
      ))}
      {more > 0 && <span class={styles.more}>+{more > 999 ? '999' : more}</span>}
    </span>
  )
}
