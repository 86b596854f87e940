import { instance } from '../account/instance.ts'
import { continueWith } from '../account/providers.ts'
import { Button } from '../kit/Button.tsx'
import styles from './Ways.module.css'

export interface WaysProps {
  /** Which way is open already. */
  readonly at: 'guest' | 'sign-in' | 'register' | 'join'
  /** An invitation is at hand, which opens a server that is by invitation only. */
  readonly isInvited?: boolean
}

/** The other ways in: providers as buttons, everything else as links. */
export function Ways({ at, isInvited = false }: WaysProps) {
  const { providers, signUp, guests } = instance.value
  const mayRegister = signUp === 'open' || (signUp === 'invitation' && isInvited)
  const links = [
    at !== 'sign-in' && { href: '/sign-in', words: 'Sign in' },
    at !== 'register' && mayRegister && { href: '/register', words: 'Create account' },
    at !== 'guest' && at !== 'join' && guests && { href: isInvited ? '/join' : '/', words: 'Enter as a guest' },
  ].filter((link) => link !== false)
  return (
    <div class={styles.ways}>
      {/* Those that the server cannot reach as well: pressed, they say so. A button that is gone says nothing. */}
      {providers.length > 0 && (
        <>
          <p class={styles.or}>or</p>
          {providers.map((provider) => (
            <Button key={provider.id} size="large" wide onClick={() => void continueWith(provider.id)}>
              <span>
                Continue with <bdi>{provider.label}</bdi>
              </span>
            </Button>
          ))}
        </>
      )}
      {links.length > 0 && (
        <p class={styles.links}>
          {links.map(({ href, words }) => (
            <a key={href} href={href}>
              {words}
            </a>
          ))}
        </p>
      )}
    </div>
  )
}
