import type { Invitation } from '@parley/protocol'
import { useEffect, useState } from 'preact/hooks'
import { command, query } from '../account/ask.ts'
import { troubleWords } from '../account/trouble-words.ts'
import { Button } from '../kit/Button.tsx'
import { copyText } from '../kit/copy-text.ts'
import { FormError } from '../kit/FormError.tsx'
import { CopyIcon, LinkIcon } from '../kit/icons.tsx'
import { Select } from '../kit/Select.tsx'
import { TextField } from '../kit/TextField.tsx'
import { showToast } from '../kit/toasts.ts'
import { exactDay, exactTime } from '../shell/time-words.ts'
import styles from './Admin.module.css'

const EXPIRIES = [
  { value: '24', label: '1 day' },
  { value: '168', label: '1 week' },
  { value: '720', label: '30 days' },
  { value: '', label: 'Until revoked' },
] as const
const USES = [
  { value: '1', label: '1 person' },
  { value: '10', label: '10 people' },
  { value: '100', label: '100 people' },
  { value: '', label: 'Any number' },
] as const

/** Links that let people into this server: made, copied once, revoked. */
export function Invitations() {
  const [expiry, setExpiry] = useState<(typeof EXPIRIES)[number]['value']>('168')
  const [uses, setUses] = useState<(typeof USES)[number]['value']>('10')
  const [link, setLink] = useState<string>()
  const [open, setOpen] = useState<readonly Invitation[]>([])
  const [busyWith, setBusyWith] = useState<string>()
  const [problem, setProblem] = useState<string>()

  const attempt = async (what: string, act: () => Promise<void>): Promise<void> => {
    setBusyWith(what)
    setProblem(undefined)
    try {
      await act()
      setOpen((await query('list-invitations', {})).invitations)
    } catch (error) {
      setProblem(troubleWords(error))
    } finally {
      setBusyWith(undefined)
    }
  }
  useEffect(() => void attempt('list', async () => undefined), [])
  const create = (): Promise<void> =>
    attempt('create', async () => {
      const { token } = await command('create-invitation', {
        ...(expiry && { expiresInHours: Number(expiry) }),
        ...(uses && { maxUses: Number(uses) }),
      })
      setLink(`${location.origin}/join#${token}`)
    })

  return (
    <section class={styles.form} aria-labelledby="invitations-title">
      <h2 id="invitations-title">Invitation links</h2>
      <p>Whoever opens one comes into this server, as the settings above allow. Rooms have links of their own.</p>
      <div class={styles.columns}>
        <Select label="Valid for" value={expiry} options={EXPIRIES} onChange={setExpiry} />
        <Select label="Number of uses" value={uses} options={USES} onChange={setUses} />
      </div>
      <div class={styles.end}>
        <Button busy={busyWith === 'create'} icon={<LinkIcon />} onClick={() => void create()}>
          Create link
        </Button>
      </div>
      {link && <FreshLink link={link} />}
      {problem && <FormError>{problem}</FormError>}
      {open.length > 0 && (
        // biome-ignore lint/a11y/noRedundantRoles: without bullets Safari takes it for no list.
        <ul class={styles.invitations} role="list" aria-label="Open links">
          {open.map((one, index) => (
            <li key={one.id} class={styles.invitation}>
              <LinkIcon />
              <div>
                <strong>{usesWords(one)}</strong>
                <p class={styles.faint}>
                  made {exactDay(one.createdAt)} by <bdi>{one.createdBy.displayName}</bdi> ·{' '}
                  {one.expiresAt === undefined ? 'until revoked' : `until ${exactTime(one.expiresAt)}`}
                </p>
              </div>
              <Button
                size="small"
                busy={busyWith === one.id}
                aria-label={`Revoke link ${index + 1}`}
                onClick={() =>
                  void attempt(one.id, async () => {
                    await command('revoke-invitation', { invitationId: one.id })
                    showToast('The link is revoked. It lets nobody in any more.', { tone: 'good', key: 'invitation' })
                  })
                }
              >
                Revoke
              </Button>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function FreshLink({ link }: { readonly link: string }) {
  const copy = async (): Promise<void> => {
    const isCopied = await copyText(link)
    showToast(isCopied ? 'The link is copied.' : 'The browser forbids copying. Select the link and copy it by hand.', {
      key: 'invitation',
    })
  }
  return (
    <div class={styles.fresh}>
      <div class={styles.link}>
        <TextField
          label="Invitation link"
          readOnly
          value={link}
          hint="Copy it now: it is shown only once."
          onInput={() => undefined}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button variant="primary" icon={<CopyIcon />} class={styles.linkCopy} onClick={() => void copy()}>
          Copy link
        </Button>
      </div>
    </div>
  )
}

function usesWords({ uses, maxUses }: Invitation): string {
  if (maxUses === undefined) return uses === 1 ? 'Used once' : `Used ${uses.toLocaleString()} times`
  return `Used ${uses.toLocaleString()} of ${maxUses.toLocaleString()} times`
}
