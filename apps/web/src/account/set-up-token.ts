import { chat } from '../chat.ts'
import { command } from './ask.ts'
import { takeFragment } from './invitation-token.ts'

let token: string | undefined

/** The token of the set-up link, taken out of the address bar and kept while an account is made for it. */
export function takeSetUpToken(): string | undefined {
  token = takeFragment() ?? token
  return token
}

/** Rejects with RefusalError or UnreachableError. */
export async function becomeOwner(): Promise<void> {
  await command('become-owner', { token: token ?? '' })
  token = undefined
  await chat.whoAmI()
}
