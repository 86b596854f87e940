import { Button } from '../kit/Button.tsx'
import { EmptyState } from '../kit/EmptyState.tsx'
import { OfflineIcon } from '../kit/icons.tsx'
import { secondsWords } from '../refusal-words.ts'
import { askAgainNow } from '../session.ts'
import { useCountdown } from '../shell/useCountdown.ts'
import { Welcome } from './Welcome.tsx'

/** The server is away at first load: nothing can be shown yet, and nothing needs to be done. */
export function ServerAway({ retryAt }: { readonly retryAt: number }) {
  const leftMs = useCountdown(retryAt, () => undefined)
  return (
    <Welcome>
      <EmptyState
        level={1}
        title="The server does not answer"
        picture={<OfflineIcon size="2.5rem" />}
        action={
          <Button variant="primary" onClick={askAgainNow}>
            Try now
          </Button>
        }
      >
        <p>It may be starting, or your network may be down. What you typed earlier is kept on this device.</p>
        <p class="tabular">{leftMs > 0 ? `Trying again in ${secondsWords(leftMs)}.` : 'Trying again…'}</p>
      </EmptyState>
    </Welcome>
  )
}
