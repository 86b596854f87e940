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
  { accounts, origin }: { accounts: Pick<Accounts, 'authenticate'>; origin: string | undefined },
): Promise<Admission | Response> {
  const credentials = credentialsOf(headers, sessionCookieName(origin))
  if (credentials?.via !== 'bearer' && !isOwnOrigin(headers, origin)) return problem('origin-refused')
  if (!credentials) return problem('not-signed-in')
  const renew = () => accounts.authenticate(credentials.token)
  const session = await renew()
  return session ? { session, renew } : problem('not-signed-in')
}
