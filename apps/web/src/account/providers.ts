import { showToast } from '../kit/toasts.ts'
import { errorWords } from '../sign-in/error-words.ts'
import { ask } from './ask.ts'
import { invitationToken } from './invitation-token.ts'
import { needsProof } from './own-account.ts'
import { troubleWords } from './trouble-words.ts'
import { wayBack } from './way-back.ts'

/** Leaves the page for a provider, which sends the person back signed in. */
export function continueWith(providerId: string): Promise<void> {
  const invitation = invitationToken.peek()
  // Somebody known there already comes back signed in, and has the invitation still before them.
  return start(providerId, invitation === undefined ? { goTo: wayBack() } : { goTo: '/join', invitation })
}

/** Adds a provider to the signed-in person; of a guest it makes an account. */
export function connectProvider(providerId: string): Promise<void> {
  return start(providerId, { mode: 'link', goTo: '/settings/account' })
}

/** Shows once more who the signed-in person is. */
export function confirmBy(providerId: string): Promise<void> {
  return start(providerId, { mode: 'confirm' })
}

/** What cannot be done now is told, except that it takes a proof first: that is thrown. */
async function start(providerId: string, input: object): Promise<void> {
  try {
    const path = `/api/sign-in/${encodeURIComponent(providerId)}`
    const answer = (await ask('POST', path, input)) as { url?: string; error?: string } // as: what this route answers
    if (answer.url !== undefined) location.assign(answer.url)
    else showToast(errorWords(answer.error ?? '') ?? '', { tone: 'danger' })
  } catch (error) {
    if (needsProof(error)) throw error
    showToast(troubleWords(error), { tone: 'danger' })
  }
}
