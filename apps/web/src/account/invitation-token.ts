import { signal } from '@preact/signals'

const KEY = 'parley:invitation'

/**
 * The token of the invitation that somebody came with. It is taken out of the address bar, so that it is not copied along
 * with the page's address, and kept in this tab until it was used, through a reload and the way over a provider.
 */
export const invitationToken = signal<string | undefined>(undefined)

/** Call when at `/join`. */
export function takeInvitationToken(): void {
  const token = takeFragment()
  invitationToken.value = token ?? invitationToken.peek() ?? stored()
  store(invitationToken.peek())
}

/** It was used, or is not valid any more. */
export function forgetInvitation(): void {
  invitationToken.value = undefined
  store(undefined)
}

/** What stands behind the `#`, which is then gone from the address bar. */
export function takeFragment(): string | undefined {
  const fragment = location.hash.slice(1)
  if (fragment === '') return undefined
  history.replaceState(history.state, '', location.pathname + location.search)
  return fragment
}

function stored(): string | undefined {
  try {
    return sessionStorage.getItem(KEY) ?? undefined
  } catch {
    return undefined // Storage is forbidden: then it lives as long as the page.
  }
}

function store(token: string | undefined): void {
  try {
    if (token === undefined) sessionStorage.removeItem(KEY)
    else sessionStorage.setItem(KEY, token)
  } catch {
    // See above.
  }
}
