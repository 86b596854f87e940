import { RefusalError } from '@parley/client'
import { type CommandOutput, cleanName, LIMITS } from '@parley/protocol'
import { useEffect, useState } from 'preact/hooks'
import { command } from '../account/ask.ts'
import { comeIn, enterByInvitation } from '../account/come-in.ts'
import { instance } from '../account/instance.ts'
import { forgetInvitation, invitationToken, takeInvitationToken } from '../account/invitation-token.ts'
import { troubleWords } from '../account/trouble-words.ts'
import { nameProblem, useSending } from '../account/useSending.ts'
import { chat } from '../chat.ts'
import { Avatar } from '../kit/Avatar.tsx'
import { Button, buttonClass } from '../kit/Button.tsx'
import { EmptyState } from '../kit/EmptyState.tsx'
import { LinkIcon, OfflineIcon } from '../kit/icons.tsx'
import { Spinner } from '../kit/Spinner.tsx'
import { TextField } from '../kit/TextField.tsx'
import { LOBBY_PATH, navigate, roomPath } from '../routes.ts'
import { DoorForm } from './DoorForm.tsx'
import styles from './SignIn.module.css'
import { Suggestion } from './Suggestion.tsx'
import { useFirstFocus } from './useFirstFocus.ts'
import { Ways } from './Ways.tsx'

type Invited = CommandOutput<'describe-invitation'>

type Link =
  | { readonly phase: 'asking' }
  | { readonly phase: 'valid'; readonly invited: Invited }
  | { readonly phase: 'invalid' }
  | { readonly phase: 'unknown'; readonly words: string }

/** An invitation link was opened: who invites, to where, and the shortest way in. */
export function Join({ isInside }: { readonly isInside: boolean }) {
  const [link, setLink] = useState<Link>({ phase: 'asking' })
  const look = async (): Promise<void> => {
    takeInvitationToken()
    setLink({ phase: 'asking' })
    setLink(await describe(invitationToken.peek()))
  }
  useEffect(() => {
    void look()
    const onHash = (): void => {
      if (location.hash !== '') void look()
    }
    addEventListener('hashchange', onHash)
    return () => removeEventListener('hashchange', onHash)
  }, [])

  switch (link.phase) {
    case 'asking':
      return (
        <div class={styles.waiting}>
          <Spinner size="2rem" label="Opening the invitation" />
        </div>
      )
    case 'invalid':
      return <Invalid isInside={isInside} />
    case 'unknown':
      return (
        <EmptyState
          level={1}
          title="The invitation could not be opened"
          picture={<OfflineIcon size="2.5rem" />}
          action={
            <Button variant="primary" onClick={() => void look()}>
              Try again
            </Button>
          }
        >
          {link.words}
        </EmptyState>
      )
    case 'valid':
      return isInside ? <JoinInside invited={link.invited} /> : <JoinOutside invited={link.invited} />
  }
}

async function describe(token: string | undefined): Promise<Link> {
  if (token === undefined) return { phase: 'invalid' }
  try {
    return { phase: 'valid', invited: await command('describe-invitation', { token }) }
  } catch (error) {
    if (!(error instanceof RefusalError && ['invitation-invalid', 'invalid-input'].includes(error.code)))
      return { phase: 'unknown', words: troubleWords(error) }
    forgetInvitation()
    return { phase: 'invalid' }
  }
}

function Invalid({ isInside }: { readonly isInside: boolean }) {
  return (
    <EmptyState
      level={1}
      title="This invitation is not valid any more"
      picture={<LinkIcon size="2.5rem" />}
      action={
        <a class={buttonClass('primary')} href={isInside ? LOBBY_PATH : '/'}>
          {isInside ? 'Go to the lobby' : 'Go to the first page'}
        </a>
      }
    >
      It may be used up, too old, or taken back. Ask whoever sent it for a new one.
    </EmptyState>
  )
}

/** The shortest way: a name, Enter, talking. Where guests are not welcome, an account. */
function JoinOutside({ invited }: { readonly invited: Invited }) {
  const [name, setName] = useState('')
  const { isBusy, problems, suggestion, send, refuse, clear } = useSending(['name'])
  const first = useFirstFocus()
  const { guests, signUp } = instance.value
  const submit = async (): Promise<void> => {
    if (refuse({ name: nameProblem(name) })) return
    await send(async () => comeIn(await enterByInvitation(cleanName(name))))
  }
  if (!guests) {
    const mayRegister = signUp !== 'provider'
    return (
      <DoorForm
        title={<Title invited={invited} />}
        lead={<Lead invited={invited} words="You need an account here; the invitation is kept meanwhile." />}
        action={mayRegister ? 'Create account' : 'Sign in'}
        isBusy={false}
        onSubmit={() => navigate(mayRegister ? '/register' : '/sign-in')}
        below={<Ways at="join" isInvited />}
      />
    )
  }
  return (
    <DoorForm
      title={<Title invited={invited} />}
      lead={<Lead invited={invited} words="Type a name and you are in. No password, no e-mail." />}
      problem={problems.form}
      action="Enter"
      isBusy={isBusy}
      onSubmit={() => void submit()}
      below={<Ways at="join" isInvited />}
    >
      <TextField
        label="Your name"
        size="large"
        autoComplete="nickname"
        enterkeyhint="go"
        spellcheck={false}
        limit={LIMITS.personNameLength}
        readOnly={isBusy}
        value={name}
        error={problems.name}
        inputRef={first}
        onInput={(value) => {
          setName(value)
          clear('name')
        }}
      />
      {suggestion && (
        <Suggestion
          name={suggestion}
          onSelect={(free) => {
            setName(free)
            clear('name')
            first.current?.focus()
          }}
        />
      )}
    </DoorForm>
  )
}

function JoinInside({ invited }: { readonly invited: Invited }) {
  const { isBusy, problems, send } = useSending([])
  const me = chat.me.value
  const join = (): Promise<boolean> =>
    send(async () => {
      const token = invitationToken.peek()
      if (token === undefined) return
      const { roomId } = await command('accept-invitation', { token })
      forgetInvitation()
      navigate(roomId ? roomPath(roomId) : LOBBY_PATH, { replace: true })
    })
  return (
    <DoorForm
      title={<Title invited={invited} />}
      lead={
        <Lead
          invited={invited}
          words={`You are signed in as \u2068${me?.displayName ?? ''}\u2069.${invited.room ? '' : ' You are inside already.'}`}
        />
      }
      problem={problems.form}
      action={invited.room ? 'Join' : 'Go on'}
      isBusy={isBusy}
      onSubmit={() => void join()}
      below={
        <p class={styles.centre}>
          <a href={LOBBY_PATH} onClick={forgetInvitation}>
            Not now
          </a>
        </p>
      }
    />
  )
}

function Title({ invited }: { readonly invited: Invited }) {
  if (!invited.room) return <>You are invited to this server</>
  return (
    <>
      You are invited to <bdi>{invited.room.name}</bdi>
    </>
  )
}

function Lead({ invited, words }: { readonly invited: Invited; readonly words: string }) {
  const { id, displayName } = invited.invitedBy
  return (
    <>
      <span class={styles.inviter}>
        <Avatar name={displayName} seed={id} size="s" />
        <span>
          <bdi>{displayName}</bdi> invites you.
        </span>
      </span>
      {words}
    </>
  )
}
