import { Button } from '../kit/Button.tsx'
import { FormError } from '../kit/FormError.tsx'
import { Skeleton } from '../kit/Skeleton.tsx'
import styles from './Admin.module.css'
import type { Pages } from './usePages.ts'

/** Below a list: that it is coming, that it could not be fetched, or the way to more of it. */
export function PageEnd({ pages }: { readonly pages: Pages<unknown> }) {
  const rest = pages.total - (pages.rows?.length ?? 0)
  return (
    <>
      {!pages.rows && !pages.problem && (
        <div class={styles.waiting} aria-busy="true">
          {[1, 2, 3, 4].map((row) => (
            <Skeleton key={row} shape="block" height="3.5rem" />
          ))}
        </div>
      )}
      {pages.problem && <FormError>{pages.problem}</FormError>}
      {(pages.hasMore || (pages.problem && !pages.rows)) && (
        <p class={styles.more}>
          <Button busy={pages.isAsking} onClick={pages.rows ? pages.more : () => void pages.refresh()}>
            {!pages.rows ? 'Try again' : rest > 0 ? `Show more of ${rest.toLocaleString()}` : 'Show more'}
          </Button>
        </p>
      )}
    </>
  )
}
