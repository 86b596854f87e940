import { comeIn } from '../account/come-in.ts'
import { instance } from '../account/instance.ts'
import { invitationToken } from '../account/invitation-token.ts'
import { buttonClass } from '../kit/Button.tsx'
import { EmptyState } from '../kit/EmptyState.tsx'
import { KeyIcon } from '../kit/icons.tsx'
import { refusalWords } from '../refusal-words.ts'
import type { Door } from '../routes.ts'
import type { Outside } from '../session.ts'
import { ChooseName } from './ChooseName.tsx'
import { Join } from './Join.tsx'
import { PasswordSignIn } from './PasswordSignIn.tsx'
import { Register } from './Register.tsx'
import { SetUp } from './SetUp.tsx'
import { Ways } from './Ways.tsx'

export interface DoorsProps {
  readonly door: Door
  /** Undefined: signed in. */
  readonly outside: Outside | undefined
}

/** Everything between a link or a form and the rooms, fetched when it is needed. */
export function Doors({ door, outside }: DoorsProps) {
  switch (door) {
    case 'join':
      return <Join isInside={!outside} />
    case 'set-up':
      return <SetUp isInside={!outside} />
    case 'choose-name':
      return outside ? <ChooseName /> : null
    case 'register':
      return outside ? <RegisterHere /> : null
    case 'sign-in':
      return outside ? <PasswordSignIn outside={outside} /> : null
  }
}

function RegisterHere() {
  const { signUp } = instance.value
  const isInvited = invitationToken.value !== undefined
  if (signUp === 'provider' || (signUp === 'invitation' && !isInvited)) {
    const code = signUp === 'provider' ? 'sign-up-closed' : 'invitation-needed'
    return (
      <EmptyState
        level={1}
        title="No new accounts this way"
        picture={<KeyIcon size="2.5rem" />}
        action={
          <a class={buttonClass('primary')} href="/sign-in">
            Sign in
          </a>
        }
      >
        {refusalWords({ code, message: '', retryAfterMs: undefined, details: undefined })}
      </EmptyState>
    )
  }
  return (
    <Register
      title="Create an account"
      lead={isInvited ? 'Then you are brought to where you are invited.' : 'It takes a name and a password.'}
      onMade={comeIn}
      below={<Ways at="register" isInvited={isInvited} />}
    />
  )
}
