import { Hono } from 'hono'
import type { Entered } from '../accounts/accounts.ts'
import { deviceName } from '../accounts/device-name.ts'
import { isOwnOrigin } from '../credentials.ts'
import type { Spending } from '../fanout/shared-limits.ts'
import type { Actor } from '../rules/actor.ts'
import { keysToSignIn } from '../rules/handles.ts'
import { Refusal, refuse } from '../rules/refusal.ts'
import { addressBlock, addressNeighbourhood } from './address-block.ts'
import type { Env, HttpParts } from './http-parts.ts'
import {
  type Ask,
  commandIdOf,
  endReplaced,
  inputOf,
  limit,
  personal,
  requireSession,
  setCookie,
  spend,
} from './request.ts'

/** Everything that makes, changes or ends sessions, and what a page has to know before there is one. (SPEC U) */
export function accountRoutes(parts: HttpParts): Hono<Env> {
  const { accounts } = parts
  const spends = spending(parts)
  const routes = new Hono<Env>()

  routes.get('/instance', async (context) => {
    const instance = await accounts.describeInstance()
    return personal(context, { ...instance, providers: parts.providers.list() })
  })

  routes.post('/commands/enter', async (context) => {
    requireOwnPage(context, parts)
    await spends.guest(context)
    const id = commandIdOf(context)
    const input = await inputOf(context, 'enter')
    const entered = await accounts.enter({ id, ...input, device: deviceOf(context) })
    await endReplaced(context, parts)
    return signedIn(context, parts, entered)
  })

  routes.post('/commands/register', async (context) => {
    requireOwnPage(context, parts)
    await spends.password(context)
    const input = await inputOf(context, 'register')
    const entered = await accounts.register({ ...input, device: deviceOf(context) })
    await endReplaced(context, parts)
    return signedIn(context, parts, entered)
  })

  routes.post('/commands/sign-in', async (context) => {
    requireOwnPage(context, parts)
    const input = await inputOf(context, 'sign-in')
    const entered = await spends.signIn(context, input.handle, () =>
      accounts.signIn({ ...input, device: deviceOf(context) }),
    )
    await endReplaced(context, parts)
    return signedIn(context, parts, entered)
  })

  routes.post('/commands/claim-account', async (context) => {
    const { actor } = await requireSession(context, parts)
    await spends.password(context)
    const claimed = await accounts.claimAccount(actor, await inputOf(context, 'claim-account'))
    const { expiresAt: _, ...output } = entered(context, claimed)
    setCookie(context, parts, claimed)
    return performed(context, parts, output)
  })

  routes.post('/commands/change-password', async (context) => {
    const { actor } = await requireSession(context, parts)
    const input = await inputOf(context, 'change-password')
    await spends.proof(context, actor, () => accounts.changePassword(actor, input))
    return performed(context, parts, {})
  })

  routes.post('/commands/describe-account', async (context) => {
    const { actor } = await requireSession(context, parts)
    spends.own(actor)
    return performed(context, parts, await parts.providerSignIn.describeAccount(actor))
  })

  routes.post('/commands/confirm-identity', async (context) => {
    const { actor } = await requireSession(context, parts)
    const { password } = await inputOf(context, 'confirm-identity')
    await spends.proof(context, actor, () => accounts.confirmIdentity(actor, password))
    return performed(context, parts, {})
  })

  routes.post('/commands/unlink-provider', async (context) => {
    const { actor } = await requireSession(context, parts)
    spends.own(actor)
    const { linkId } = await inputOf(context, 'unlink-provider')
    await parts.providerSignIn.unlink(actor, linkId)
    return performed(context, parts, {})
  })

  routes.post('/commands/delete-account', async (context) => {
    const { actor } = await requireSession(context, parts)
    const input = await inputOf(context, 'delete-account')
    await spends.proof(context, actor, () => accounts.deleteAccount(actor, input))
    return signedOut(context, parts)
  })

  routes.post('/commands/sign-out', async (context) => {
    const { actor } = await requireSession(context, parts)
    await accounts.signOut(actor)
    return signedOut(context, parts)
  })

  routes.post('/commands/end-session', async (context) => {
    const { actor } = await requireSession(context, parts)
    spends.own(actor)
    const { sessionId } = await inputOf(context, 'end-session')
    await accounts.endSession(actor, sessionId)
    return sessionId === actor.sessionId ? signedOut(context, parts) : performed(context, parts, {})
  })

  routes.post('/commands/end-other-sessions', async (context) => {
    const { actor } = await requireSession(context, parts)
    spends.own(actor)
    await accounts.endOtherSessions(actor)
    return performed(context, parts, {})
  })

  routes.post('/commands/become-owner', async (context) => {
    const { actor } = await requireSession(context, parts)
    await spends.link(context)
    const { token } = await inputOf(context, 'become-owner')
    return performed(context, parts, { user: await accounts.becomeOwner(actor, token) })
  })

  routes.post('/commands/describe-invitation', async (context) => {
    requireOwnPage(context, parts)
    await spends.link(context)
    const { token } = await inputOf(context, 'describe-invitation')
    return performed(context, parts, await accounts.describeInvitation(token))
  })

  routes.post('/commands/accept-invitation', async (context) => {
    const { actor } = await requireSession(context, parts)
    await spends.link(context)
    const { token } = await inputOf(context, 'accept-invitation')
    return performed(context, parts, await accounts.acceptInvitation(actor, token))
  })
  return routes
}

/** The limits of accounts; what is tried is counted for known and unknown people alike. (SPEC H6, U2) */
function spending(parts: HttpParts) {
  const { limits, posts } = parts
  const near = (context: Ask) => addressNeighbourhood(context.env.address)
  const password = (context: Ask): readonly Spending[] => [
    { limit: 'passwords', key: near(context) },
    { limit: 'all-passwords', key: '' },
  ]

  /** What goes well costs nothing: only wrong tries use up a person's share. */
  async function trying<T>(context: Ask, tries: readonly Spending[], work: () => Promise<T>): Promise<T> {
    await spend([...password(context), ...tries], parts)
    try {
      const output = await work()
      limits.giveBack(tries)
      return output
    } catch (error) {
      const isWrong =
        error instanceof Refusal && (error.code === 'wrong-credentials' || error.code === 'wrong-password')
      if (!isWrong) limits.giveBack(tries)
      throw error
    }
  }

  return {
    password: (context: Ask): Promise<void> => spend(password(context), parts),
    guest: (context: Ask): Promise<void> => {
      const block = { limit: 'guests', key: addressBlock(context.env.address) } as const
      return spend([block, { limit: 'all-guests', key: '' }], parts)
    },
    signIn<T>(context: Ask, handle: string, work: () => Promise<T>): Promise<T> {
      const [, plain] = keysToSignIn(handle)
      const mine = { limit: 'sign-in-tries', key: `${plain} ${near(context)}` } as const
      return trying(context, [mine, { limit: 'all-sign-in-tries', key: plain }], work)
    },
    proof<T>(context: Ask, { user }: Actor, work: () => Promise<T>): Promise<T> {
      return trying(context, [{ limit: 'sign-in-tries', key: user.id }], work)
    },
    link: (context: Ask): Promise<void> => spend([{ limit: 'links', key: near(context) }], parts),
    own: ({ user }: Actor): void => limit(posts, user.id, parts),
  }
}

// Otherwise any page could sign its visitors in here as somebody of its choice.
function requireOwnPage(context: Ask, { origin }: HttpParts): void {
  if (isBrowser(context) && !isOwnOrigin(context.req.raw.headers, origin)) refuse('origin-refused')
}

const isBrowser = (context: Ask): boolean => context.req.header('origin') !== undefined
const deviceOf = (context: Ask): string | null => deviceName(context.req.header('user-agent'))

// A script of the page could read the body, and so could whoever injects one; the cookie is out of its reach.
function entered(context: Ask, { token, ...rest }: Entered): Omit<Entered, 'token'> & { token?: string } {
  return isBrowser(context) ? rest : { ...rest, token }
}

function signedIn(context: Ask, parts: HttpParts, session: Entered): Response {
  setCookie(context, parts, session)
  return performed(context, parts, entered(context, session))
}

function signedOut(context: Ask, parts: HttpParts): Response {
  setCookie(context, parts, { token: '', expiresAt: 0 })
  return performed(context, parts, {})
}

function performed(context: Ask, parts: HttpParts, output: object): Response {
  parts.metrics.commands += 1
  return personal(context, output)
}
