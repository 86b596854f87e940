import { type ChatClient, nameOf, RefusalError } from '@parley/client'
import type { Invitation, RoomId } from '@parley/protocol'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Button } from '../kit/Button.tsx'
import { copyText } from '../kit/copy-text.ts'
import { FormError } from '../kit/FormError.tsx'
import { CopyIcon, LinkIcon } from '../kit/icons.tsx'
import { Select } from '../kit/Select.tsx'
import { TextField } from '../kit/TextField.tsx'
import { showToast } from '../kit/toasts.ts'
import { refusalWords } from '../refusal-words.ts'
import { exactTime } from '../shell/time-words.ts'
import styles from './InvitationLinks.module.css'

const EXPIRIES = [
  { value: '24', label: '1 day' },
  { value: '168', label: '1 week' },
  { value: '720', label: '30 days' },
  { value: '', label: 'Never' },
] as const
const USES = [
  { value: '1', label: '1 person' },
  { value: '10', label: '10 people' },
  { value: '100', label: '100 people' },
  { value: '', label: 'Anybody' },
] as const

export interface InvitationLinksProps {
  readonly chat: ChatClient
  /** Without one, links to the server as a whole. */
  readonly roomId?: RoomId
}

/** Makes links that let people in, shows each once, and ends those that are open. */
export function InvitationLinks({ chat, roomId }: InvitationLinksProps) {
  const [expiry, setExpiry] = useState<string>('168')
  const [uses, setUses] = useState<string>('')
  const [link, setLink] = useState<string>()
  const { open, isBusy, problem, run } = useInvitations(chat, roomId)

  const make = (): void =>
    void run(async () => {
      const { token } = await chat.createInvitation({
        ...(roomId && { roomId }),
        ...(expiry && { expiresInHours: Number(expiry) }),
        ...(uses && { maxUses: Number(uses) }),
      })
      setLink(`${location.origin}/join#${token}`)
    })

  return (
    <section class={styles.section} aria-labelledby="invitation-link">
      <h3 id="invitation-link" class={styles.title}>
        Invitation link
      </h3>
      <div class={styles.form}>
        <Select label="Valid for" value={expiry} options={EXPIRIES} onChange={setExpiry} />
        <Select label="Can be used by" value={uses} options={USES} onChange={setUses} />
        <Button icon={<LinkIcon size="1.125rem" />} busy={isBusy} onClick={make}>
          Create link
        </Button>
      </div>
      {link && <Link link={link} />}
      {problem && <FormError>{problem}</FormError>}
      {open && open.length > 0 && (
        <OpenLinks links={open} onRevoke={(id) => void run(() => chat.revokeInvitation(id))} isBusy={isBusy} />
      )}
    </section>
  )
}

function Link({ link }: { readonly link: string }) {
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    field.current?.focus()
    field.current?.select()
  }, [link])
  const copy = async (): Promise<void> => {
    if (await copyText(link)) showToast('Link copied.', { tone: 'good', key: 'copied', durationMs: 3_000 })
    else field.current?.select()
  }
  return (
    <TextField
      label="Your link"
      value={link}
      readOnly
      inputRef={field}
      onInput={() => undefined}
      hint="Whoever has it can come in. It is shown only now."
      end={
        <Button size="small" class={styles.copy} icon={<CopyIcon size="1rem" />} onClick={() => void copy()}>
          Copy
        </Button>
      }
    />
  )
}

interface OpenLinksProps {
  readonly links: readonly Invitation[]
  readonly isBusy: boolean
  readonly onRevoke: (id: Invitation['id']) => void
}

function OpenLinks({ links, isBusy, onRevoke }: OpenLinksProps) {
  return (
    <>
      <h4 id="open-links" class={styles.subtitle}>
        Open links
      </h4>
      <ul class={styles.links} aria-labelledby="open-links">
        {links.map((link) => (
          <li key={link.id} class={styles.link}>
            <span class={styles.words}>
              <span>
                By <bdi>{nameOf(link.createdBy)}</bdi>, {usesWords(link)}
              </span>
              <span class={styles.until}>
                {link.expiresAt === undefined ? 'Does not end by itself' : `Valid until ${exactTime(link.expiresAt)}`}
              </span>
            </span>
            <Button
              size="small"
              variant="quiet"
              disabled={isBusy}
              aria-label={`Revoke the link of ${exactTime(link.createdAt)}`}
              onClick={() => onRevoke(link.id)}
            >
              Revoke
            </Button>
          </li>
        ))}
      </ul>
    </>
  )
}

function usesWords({ uses, maxUses }: Invitation): string {
  if (maxUses !== undefined) return `used ${uses} of ${maxUses} times`
  return uses === 0 ? 'not used yet' : uses === 1 ? 'used once' : `used ${uses} times`
}

/** The open links, asked again after each change. */
function useInvitations(chat: ChatClient, roomId: RoomId | undefined) {
  const [open, setOpen] = useState<readonly Invitation[]>()
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const isThere = useRef(true)
  const load = async (): Promise<void> => {
    const { invitations } = await chat.listInvitations(roomId)
    if (isThere.current) setOpen(invitations)
  }
  const run = async (act: () => Promise<void>): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    try {
      await act()
      await load()
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error
      if (isThere.current) setProblem(refusalWords(error))
    } finally {
      if (isThere.current) setBusy(false)
    }
  }
  useEffect(() => {
    isThere.current = true
    void run(async () => undefined)
    return () => {
      isThere.current = false
    }
  }, [chat, roomId])
  return { open, isBusy, problem, run }
}
