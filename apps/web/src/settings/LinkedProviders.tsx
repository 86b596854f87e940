import type { LinkedProvider } from '@parley/protocol'
import { useState } from 'preact/hooks'
import { command } from '../account/ask.ts'
import { instance } from '../account/instance.ts'
import type { OwnAccount } from '../account/own-account.ts'
import { connectProvider } from '../account/providers.ts'
import { useSending } from '../account/useSending.ts'
import { Button } from '../kit/Button.tsx'
import { ConfirmDialog } from '../kit/ConfirmDialog.tsx'
import { LinkIcon } from '../kit/icons.tsx'
import { showToast } from '../kit/toasts.ts'
import { exactDay } from '../shell/time-words.ts'
import styles from './SettingsDialog.module.css'

export interface LinkedProvidersProps {
  readonly isGuest: boolean
  readonly account: OwnAccount
  /** Does it once it is confirmed that it is me. */
  readonly confirmed: (act: () => Promise<unknown>) => void
  readonly onChanged: () => Promise<void>
}

/** By which providers I sign in, and the ways to add and to take one away. */
export function LinkedProviders({ isGuest, account, confirmed, onChanged }: LinkedProvidersProps) {
  const [leaving, setLeaving] = useState<LinkedProvider>()
  const others = instance.value.providers.filter(({ id }) => !account.providers.some((one) => one.providerId === id))
  if (others.length + account.providers.length === 0) return null
  return (
    <section class={styles.part} aria-labelledby="connect">
      <h3 id="connect">Sign-in providers</h3>
      <p>{isGuest ? AS_GUEST : AS_ACCOUNT}</p>
      {account.providers.length > 0 && (
        // biome-ignore lint/a11y/noRedundantRoles: without bullets Safari takes it for no list.
        <ul class={styles.devices} role="list" aria-label="Connected providers">
          {account.providers.map((one) => (
            <li key={one.id} class={styles.device}>
              <LinkIcon />
              <div>
                <strong>
                  <bdi>{one.provider}</bdi>
                </strong>
                <p class={styles.faint}>
                  {one.providerId === undefined ? 'Not known to this server any more · c' : 'C'}onnected{' '}
                  {exactDay(one.linkedAt)}
                </p>
              </div>
              <Button
                size="small"
                aria-label={`Disconnect ${one.provider}`}
                onClick={() => confirmed(async () => setLeaving(one))}
              >
                Disconnect
              </Button>
            </li>
          ))}
        </ul>
      )}
      {others.length > 0 && (
        <div class={styles.row}>
          {others.map(({ id, label }) => (
            <Button key={id} onClick={() => confirmed(() => connectProvider(id))}>
              <span>
                Connect <bdi>{label}</bdi>
              </span>
            </Button>
          ))}
        </div>
      )}
      {leaving && <Disconnect link={leaving} onClose={() => setLeaving(undefined)} onChanged={onChanged} />}
    </section>
  )
}

function Disconnect(props: {
  readonly link: LinkedProvider
  readonly onClose: () => void
  readonly onChanged: () => Promise<void>
}) {
  const { link, onClose, onChanged } = props
  const { isBusy, problems, send } = useSending([])
  const disconnect = async (): Promise<void> => {
    const isGone = await send(async () => {
      await command('unlink-provider', { linkId: link.id })
      await onChanged()
    })
    if (!isGone) return
    onClose()
    showToast(`${link.provider} is disconnected. All other devices are signed out.`, { tone: 'good' })
    document.getElementById('tab-account')?.focus() // The pressed button is gone.
  }
  return (
    <ConfirmDialog
      title={`Disconnect ${link.provider}?`}
      confirmLabel="Disconnect"
      busy={isBusy}
      error={problems.form}
      onConfirm={() => void disconnect()}
      onCancel={onClose}
    >
      You sign in with it no more, and all your other devices are signed out. Your account there is not touched.
    </ConfirmDialog>
  )
}

const AS_GUEST = 'Or keep your name by signing in with a provider. Everything of yours stays.'
const AS_ACCOUNT =
  'Connect one, and you can sign in with it, too. Only you can do that: a mail address alone never does.'
