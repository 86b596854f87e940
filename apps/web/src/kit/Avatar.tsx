import styles from './Avatar.module.css'
import { classes } from './classes.ts'
import { type Face, faceOf } from './face.ts'
import { type Presence, PresenceDot } from './PresenceDot.tsx'

export interface AvatarProps {
  readonly name: string
  /** Keeps the face when the name changes: the user's id. */
  readonly seed?: string | undefined
  /** 20, 28, 36, 44, 72 px; `message` follows the density. */
  readonly size?: 'xs' | 's' | 'm' | 'l' | 'xl' | 'message'
  readonly presence?: Presence | undefined
  /** Spoken. Without it the face is decoration beside the name. */
  readonly label?: string | undefined
}

/** A face made of a name: one hue, a pattern and the initials, in the shape of the mark. */
export function Avatar({ name, seed = name, size = 'm', presence, label }: AvatarProps) {
  const face = faceOf(name, seed)
  const spoken = label ? ({ role: 'img', 'aria-label': label } as const) : ({ 'aria-hidden': 'true' } as const)
  return (
    <span class={classes(styles.avatar, styles[size])} style={{ '--hue': String(face.hue) }} {...spoken}>
      <svg class={styles.face} viewBox="0 0 40 40" focusable="false" aria-hidden="true">
        <g transform={`rotate(${face.quarterTurns * 90} 20 20)`}>
          <path class={styles.pattern} d={PATHS[face.pattern]} />
        </g>
        <Initials face={face} />
      </svg>
      {presence && <PresenceDot presence={presence} class={styles.dot} />}
    </span>
  )
}

function Initials({ face }: { readonly face: Face }) {
  return (
    <text
      class={classes(styles.initials, face.initials.length > 1 && /^\p{L}/u.test(face.initials) && styles.pair)}
      x="20"
      y="20.5"
      text-anchor="middle"
      dominant-baseline="central"
    >
      {face.initials}
    </text>
  )
}

// Quarter discs, a half, a ring and the mark's own bubble: large, so that they read at 20 px.
const PATHS = [
  'M0 0h40A40 40 0 0 1 0 40Z',
  'M0 0h20v40H0Z',
  'M0 20a20 20 0 0 1 20-20h20v20a20 20 0 0 1-40 0Z',
  'M0 0h20A20 20 0 0 1 0 20ZM40 40H20A20 20 0 0 1 40 20Z',
] as const
