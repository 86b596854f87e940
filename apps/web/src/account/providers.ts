import { showToast } from '../kit/toasts.ts'
import { ask } from './ask.ts'
import { wayBack } from './come-in.ts'
import { invitationToken } from './invitation-token.ts'
import { troubleWords } from './useSending.ts'

/** Leaves the page for a provider, which sends the person back signed in. */
export function continueWith(providerId: string): Promise<void> {
  const invitation = invitationToken.peek()
  return start(providerId, {
    purpose: 'sign-in',
    returnTo: wayBack(),
    ...(invitation !== undefined && { invitation }),
  })
}

/** Adds a provider to the signed-in person; of a guest it makes an account. */
export function connectProvider(providerId: string): Promise<void> {
  return start(providerId, { purpose: 'link', returnTo: '/settings/account' })
}

async function start(providerId: string, input: object): Promise<void> {
  try {
    const { url } = (await ask('POST', `/api/sign-in/${providerId}/start`, input)) as { url: string } // as: what this route answers
    location.assign(url)
  } catch (error) {
    showToast(troubleWords(error), { tone: 'danger' })
  }
}
