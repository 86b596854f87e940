import type { Refusal } from '@parley/client'
import { Button } from '../kit/Button.tsx'
import { EmptyState } from '../kit/EmptyState.tsx'
import { OfflineIcon } from '../kit/icons.tsx'
import { refusalWords, secondsWords } from '../refusal-words.ts'
import { askAgainNow } from '../session.ts'
import { useCountdown } from '../shell/useCountdown.ts'
import { Welcome } from './Welcome.tsx'

export interface ServerAwayProps {
  /** Epoch ms. */
  readonly retryAt: number
  readonly refusal: Refusal | undefined
}

/** The server is away at first load: nothing can be shown yet, and nothing needs to be done. */
export function ServerAway({ retryAt, refusal }: ServerAwayProps) {
  const leftMs = useCountdown(retryAt, () => undefined)
  return (
    <Welcome>
      <EmptyState
        level={1}
        title={refusal ? 'The server does not let this page in' : 'The server does not answer'}
        picture={<OfflineIcon size="2.5rem" />}
        action={
          <Button variant="primary" onClick={askAgainNow}>
            Try now
          </Button>
        }
      >
        <p>{refusal ? refusalWords(refusal) : AWAY}</p>
        <p class="tabular">{leftMs > 0 ? `Trying again in ${secondsWords(leftMs)}.` : 'Trying again…'}</p>
      </EmptyState>
    </Welcome>
  )
}

const AWAY = 'It may be starting, or your network may be down. What you typed earlier is kept on this device.'
