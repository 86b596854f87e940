import type { Accounts, Session } from '../accounts/accounts.ts'
import { credentialsOf, isOwnOrigin, sessionCookieName } from '../credentials.ts'
import { problem } from '../problem.ts'

/** A session, and how to ask later whether it still is one: while it is used, it is extended. */
export interface Admission {
  readonly session: Session
  renew(): Promise<Session | undefined>
}

/**
 * Who asks for a socket, or the answer that turns them away. A browser opens sockets to any address for any page, with our
 * cookie on it, so a cookie counts only with our own `Origin`. (SPEC I2)
 */
export async function admit(
  { headers }: Request,
  { accounts, origin }: { accounts: Pick<Accounts, 'authenticate' | 'renew'>; origin: string | undefined },
): Promise<Admission | Response> {
  const credentials = credentialsOf(headers, sessionCookieName(origin))
  if (credentials?.via !== 'bearer' && !isOwnOrigin(headers, origin)) return problem('origin-refused')
  if (!credentials) return problem('not-signed-in')
  const session = await accounts.authenticate(credentials.token)
  if (!session) return problem('not-signed-in')
  return admissionOf(session, accounts)
}

/** Apart from `admit`: made within, it would keep the whole request for as long as the socket lives, which is 1 KB each. */
function admissionOf(session: Session, accounts: Pick<Accounts, 'renew'>): Admission {
  // By id: claiming an account gives the session another token, and nobody is cut off for that.
  return { session, renew: () => accounts.renew(session.actor.sessionId) }
}
