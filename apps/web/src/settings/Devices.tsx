import type { SessionInfo } from '@parley/protocol'
import { useEffect, useState } from 'preact/hooks'
import { command, query } from '../account/ask.ts'
import { troubleWords } from '../account/trouble-words.ts'
import { Button } from '../kit/Button.tsx'
import { FormError } from '../kit/FormError.tsx'
import { DeviceIcon } from '../kit/icons.tsx'
import { Skeleton } from '../kit/Skeleton.tsx'
import { showToast } from '../kit/toasts.ts'
import { exactDay, lastSeenWords } from '../shell/time-words.ts'
import styles from './SettingsDialog.module.css'

/** Where I am signed in, and the way to end it. */
export function Devices() {
  const [sessions, setSessions] = useState<readonly SessionInfo[]>()
  const [busyWith, setBusyWith] = useState<string>()
  const [problem, setProblem] = useState<string>()

  const load = async (): Promise<void> => {
    try {
      const found = (await query('list-sessions', {})).sessions
      setSessions([...found].sort((a, b) => Number(b.isCurrent) - Number(a.isCurrent) || b.lastSeenAt - a.lastSeenAt))
      setProblem(undefined)
    } catch (error) {
      setProblem(troubleWords(error))
    }
  }
  useEffect(() => void load(), [])

  const end = async (what: string, act: () => Promise<unknown>, words: string): Promise<void> => {
    setBusyWith(what)
    try {
      await act()
      await load()
      showToast(words, { tone: 'good', key: 'devices' })
      document.getElementById('tab-devices')?.focus() // The pressed button is gone.
    } catch (error) {
      setProblem(troubleWords(error))
    } finally {
      setBusyWith(undefined)
    }
  }

  const others = sessions?.filter((one) => !one.isCurrent).length ?? 0
  return (
    <div class={styles.part}>
      <p>
        Every browser in which you are signed in. One you do not know? Sign it out
        <span> and change your password.</span>
      </p>
      {problem && (
        <>
          <FormError>{problem}</FormError>
          {!sessions && (
            <p>
              <Button onClick={() => void load()}>Try again</Button>
            </p>
          )}
        </>
      )}
      {!sessions && !problem && <Skeleton shape="block" height="3.5rem" />}
      {sessions && (
        // biome-ignore lint/a11y/noRedundantRoles: without bullets Safari takes it for no list.
        <ul class={styles.devices} role="list" aria-label="Devices">
          {sessions.map((one) => (
            <li key={one.id} class={styles.device}>
              <DeviceIcon />
              <div>
                <strong>{one.device || 'Unknown device'}</strong>
                <p class={styles.faint}>
                  {one.isCurrent ? 'In use now' : lastSeenWords(one.lastSeenAt)} · signed in {exactDay(one.createdAt)}
                </p>
              </div>
              {one.isCurrent ? (
                <span class={styles.tag}>This device</span>
              ) : (
                <Button
                  size="small"
                  busy={busyWith === one.id}
                  aria-label={`Sign out ${one.device || 'unknown device'}`}
                  onClick={() =>
                    void end(one.id, () => command('end-session', { sessionId: one.id }), 'That device is signed out.')
                  }
                >
                  Sign out
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {others > 0 && (
        <p class={styles.row}>
          <Button
            busy={busyWith === 'others'}
            onClick={() =>
              void end('others', () => command('end-other-sessions', {}), 'All other devices are signed out.')
            }
          >
            Sign out all other devices
          </Button>
        </p>
      )}
    </div>
  )
}
