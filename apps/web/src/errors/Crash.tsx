import { useState } from 'preact/hooks'
import { Button } from '../kit/Button.tsx'
import { copyText } from '../kit/copy-text.ts'
import { AlertIcon } from '../kit/icons.tsx'
import styles from './Crash.module.css'

/**
 * A crash of the page. It leans on as little as possible: whatever broke may break again here.
 */
export function Crash({ error, isPage }: { readonly error: unknown; readonly isPage: boolean }) {
  const [copied, setCopied] = useState<boolean>()
  const details = detailsOf(error)
  return (
    <div class={isPage ? styles.page : styles.screen} role="alert">
      <AlertIcon size="2.25rem" />
      <h1 class={styles.title}>{isPage ? 'This page has stopped working' : 'This screen has stopped working'}</h1>
      <p class={styles.text}>
        The fault is Parley’s, not yours. What you typed is kept on this device, and what was sent is on its way. Reload
        to go on.
      </p>
      <div class={styles.acts}>
        <Button variant="primary" onClick={() => location.reload()}>
          Reload
        </Button>
        <Button onClick={() => void copyText(details).then(setCopied)}>
          {copied ? 'Details copied' : 'Copy details'}
        </Button>
      </div>
      {copied === false && <p class={styles.text}>The browser does not let this page copy; select them below.</p>}
      <details class={styles.details}>
        <summary>Details for whoever runs this server</summary>
        <pre class={styles.pre}>{details}</pre>
      </details>
    </div>
  )
}

/** Nothing of what people wrote: where the page was, which browser, what broke. */
function detailsOf(error: unknown): string {
  const what = error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : String(error)
  return [what, '', `at ${location.pathname}`, new Date().toISOString(), navigator.userAgent].join('\n')
}
