import type { Accounts, Session } from '../accounts/accounts.ts'
import { credentialsOf, isOwnOrigin, sessionCookieName } from '../credentials.ts'
import { problem } from '../problem.ts'

/**
 * Who asks for a socket, or the answer that turns them away. A browser opens sockets to any address for any page, with our
 * cookie on it, so a cookie counts only with our own `Origin`. (SPEC I2)
 */
export async function admit(
  { headers }: Request,
  { accounts, origin }: { accounts: Pick<Accounts, 'authenticate'>; origin: string | undefined },
): Promise<Session | Response> {
  const credentials = credentialsOf(headers, sessionCookieName(origin))
  if (credentials?.via !== 'bearer' && !isOwnOrigin(headers, origin)) return problem('origin-refused')
  if (!credentials) return problem('not-signed-in')
  const session = await accounts.authenticate(credentials.token)
  return session ?? problem('not-signed-in')
}
