import { newId, type SignInError, type UserId, userStream } from '@parley/protocol'
import type { Fanout } from '../../fanout/fanout.ts'
import type { Log } from '../../log.ts'
import { readAccountName } from '../../rules/handles.ts'
import { ownPath } from '../../rules/own-path.ts'
import { Refusal, refuse } from '../../rules/refusal.ts'
import type { Database, Writer } from '../../storage/database.ts'
import { changeToken, endSessionsOf, findSession } from '../../storage/sessions.ts'
import { readUsers } from '../../storage/users.ts'
import type { Entered, Session } from '../accounts.ts'
import type { RoomDoor } from '../accounts-parts.ts'
import { freshSession } from '../new-session.ts'
import { addPerson } from '../people.ts'
import type { Secret } from '../secret.ts'
import { newSessionToken, signToken } from '../session-tokens.ts'
import { admitNewcomer } from '../sign-up-policy.ts'
import { becomeAccount } from './become-account.ts'
import { addIdentity, findOwner } from './identities.ts'
import * as pending from './pending.ts'
import { type Identity, type Provider, SignInProblem } from './provider.ts'
import type { Providers } from './providers.ts'

export interface ProviderSignInParts {
  readonly db: Database
  readonly secret: Secret
  readonly providers: Providers
  readonly fanout: Fanout
  readonly log: Pick<Log, 'warn'>
  readonly rooms: Pick<RoomDoor, 'join'>
  /** Epoch ms. */
  readonly now: () => number
}

export interface Beginning {
  readonly providerId: string
  readonly browserKey: string
  /** This server as the browser knows it. */
  readonly origin: string
  readonly goTo: string | undefined
  readonly invitation: string | undefined
  /** Whoever is signed in and wants to link what comes back. */
  readonly linkTo: UserId | undefined
}

export interface Return {
  readonly providerId: string
  readonly search: URLSearchParams
  readonly browserKey: string | undefined
  readonly device: string | null
  readonly session: Session | undefined
}

export type Arrival =
  | { readonly kind: 'known'; readonly entered: Entered; readonly goTo: string }
  /** With `token` where the session got another one, because a guest is an account now. */
  | {
      readonly kind: 'linked'
      readonly renewed: Pick<Entered, 'token' | 'expiresAt'> | undefined
      readonly goTo: string
    }
  | { readonly kind: 'new'; readonly ticket: string }
  | { readonly kind: 'failed'; readonly code: SignInError; readonly isLinking: boolean }

export interface Finish {
  readonly ticket: string
  readonly browserKey: string | undefined
  readonly device: string | null
  readonly handle: string
  readonly name: string
}

export interface Finished extends Entered {
  readonly goTo: string
}

/** What is kept while the browser is at the provider. */
interface Journey {
  readonly providerId: string
  /** Digest of the browser's key: somebody else's browser cannot come back in this one's place. */
  readonly browser: string
  readonly redirectUri: string
  readonly nonce: string
  readonly verifier: string
  readonly goTo: string
  readonly invitation?: string | undefined
  readonly linkTo?: UserId | undefined
}

/** What is kept while somebody whom a provider vouches for thinks of a name. */
interface Ticket {
  readonly provider: string
  readonly browser: string
  readonly identity: Identity
  readonly goTo: string
  readonly invitation?: string | undefined
}

/** Signing in, linking and signing up by way of a provider. (SPEC P2–P4) */
export class ProviderSignIn {
  readonly #parts: ProviderSignInParts

  constructor(parts: ProviderSignInParts) {
    this.#parts = parts
  }

  /** Where to send the browser. Errors: `SignInProblem`. */
  async begin(ask: Beginning): Promise<URL> {
    const { db, now } = this.#parts
    const provider = this.#provider(ask.providerId)
    if (!provider.isReady) throw new SignInProblem('provider-away')
    const checks = { state: pending.newToken(), nonce: pending.newToken(), verifier: pending.newToken() }
    const journey: Journey = {
      providerId: provider.id,
      browser: pending.digestOfToken(ask.browserKey),
      redirectUri: `${ask.origin}/api/sign-in/${provider.id}/callback`,
      nonce: checks.nonce,
      verifier: checks.verifier,
      goTo: ownPath(ask.goTo),
      invitation: ask.invitation,
      linkTo: ask.linkTo,
    }
    const url = await provider.authorizeUrl(journey.redirectUri, checks)
    const kept = pending.seal('sign-in', checks.state, {
      what: journey,
      at: now(),
      lifetimeMs: pending.SIGN_IN_LIFETIME_MS,
    })
    await db.write((writer) => pending.keep(writer, kept))
    return url
  }

  /** What becomes of a browser that the provider sent back. */
  async comeBack(back: Return): Promise<Arrival> {
    let journey: Journey | undefined
    try {
      const state = stateIn(back.search)
      journey = await this.#takeJourney(state, back.providerId)
      if (!isSameBrowser(journey, back.browserKey)) throw new SignInProblem('other-browser')
      return await this.#arrive(journey, state, back)
    } catch (error) {
      if (!(error instanceof SignInProblem || error instanceof Refusal)) throw error
      if (error instanceof SignInProblem && error.reason !== undefined) {
        const record = { provider: back.providerId, code: error.code, reason: error.reason }
        this.#parts.log.warn(record, 'A sign-in by a provider failed')
      }
      return { kind: 'failed', code: error.code, isLinking: journey?.linkTo !== undefined }
    }
  }

  /** What the page that asks for a name shows. Refusals: `sign-up-expired`. */
  async describe(ask: { ticket: string; browserKey: string | undefined }) {
    const { db, now } = this.#parts
    const ticket = await db.read((reader) => pending.read(reader, 'ticket', ask.ticket, now()))
    const { provider, identity, goTo } = asTicket(ticket, ask.browserKey)
    return { provider, ...(identity.name !== undefined && { name: identity.name }), goTo }
  }

  /**
   * Makes the account. Refusals: those of names, handles and `admitNewcomer`, and `sign-up-expired`. After a refusal the ticket
   * is still good.
   */
  async finish(ask: Finish): Promise<Finished> {
    const { db, secret, now } = this.#parts
    const name = readAccountName(ask.handle, ask.name)
    const id = newId<UserId>()
    const session = freshSession(secret, now(), ask.device)
    const firstTextId = await db.takeTextIds(3)
    const { user, goTo, invitedTo } = await db.write(async (writer) => {
      const at = now()
      const ticket = asTicket(await pending.take(writer, 'ticket', ask.ticket, at), ask.browserKey)
      const { identity, invitation, goTo } = ticket
      const admission = await admitNewcomer(writer, newcomer(identity, invitation), at)
      const email = identity.email?.address
      const user = await addPerson(writer, secret, { id, kind: 'account', name, email, firstTextId, now: at })
      // They signed up in another tab meanwhile, or were linked to somebody: what was asked here is over.
      if (!(await addIdentity(writer, identity, { userId: id, at }))) refuse('sign-up-expired')
      await session.store(writer, id)
      return { user, goTo, invitedTo: admission.roomId }
    })
    const roomId = invitedTo && (await this.#parts.rooms.join(user, invitedTo))
    return { user, token: session.token, expiresAt: session.expiresAt, goTo, ...(roomId && { roomId }) }
  }

  #provider(id: string): Provider {
    const provider = this.#parts.providers.find(id)
    if (!provider) throw new SignInProblem('provider-unknown')
    return provider
  }

  /** Taken before anything else is looked at: whatever comes of it, it cannot be tried again. */
  async #takeJourney(state: string, providerId: string): Promise<Journey> {
    const { db, now } = this.#parts
    const kept = await db.write((writer) => pending.take(writer, 'sign-in', state, now()))
    const journey = kept as Journey | undefined // as: only we can have sealed it, in `begin`
    if (journey?.providerId !== providerId) throw new SignInProblem('expired')
    return journey
  }

  async #arrive(journey: Journey, state: string, { session, search, device }: Return): Promise<Arrival> {
    const { linkTo, goTo } = journey
    if (linkTo !== undefined && session?.actor.user.id !== linkTo) throw new SignInProblem('signed-out-meanwhile')
    // Anybody's page can send a browser here, so it must not take the place of whoever is signed in. (SPEC P4)
    if (linkTo === undefined && session) throw new SignInProblem('signed-in-already')
    const callback = new URL(journey.redirectUri)
    callback.search = search.toString()
    const provider = this.#provider(journey.providerId)
    const identity = await provider.identify(callback, { ...journey, state })
    if (session) return { kind: 'linked', goTo, renewed: await this.#link(session, identity, journey) }
    const entered = await this.#signInOwner(identity, device)
    if (entered) return { kind: 'known', entered, goTo }
    return { kind: 'new', ticket: await this.#issueTicket(provider, identity, journey) }
  }

  /** A session of whoever the identity belongs to; undefined when it is nobody's yet. */
  async #signInOwner(identity: Identity, device: string | null): Promise<Entered | undefined> {
    const { db, secret, now } = this.#parts
    const session = freshSession(secret, now(), device)
    return db.write(async (writer) => {
      const owner = await findOwner(writer, identity)
      if (!owner) return undefined
      const [user] = await readUsers(writer, [owner.userId])
      if (owner.isGone || !user) throw new SignInProblem('account-disabled')
      await session.store(writer, user.id)
      return { user, token: session.token, expiresAt: session.expiresAt }
    })
  }

  async #link({ actor, expiresAt }: Session, identity: Identity, { invitation }: Journey) {
    const { db, secret, now, fanout } = this.#parts
    const userId = actor.user.id
    const emailTextId = await db.takeTextIds(1)
    const token = newSessionToken()
    const claimed = await db.write(async (writer) => {
      const at = now()
      await writer.lockStreams([userStream(userId)])
      const session = await findSession(writer, { id: actor.sessionId })
      if (!session || session.disabled_at !== null || session.deleted_at !== null) {
        throw new SignInProblem('signed-out-meanwhile')
      }
      const isTheirs = await addIdentity(writer, identity, { userId, at })
      if (!isTheirs && (await findOwner(writer, identity))?.userId !== userId) throw new SignInProblem('identity-taken')
      if (session.kind === 'account') return undefined
      const admission = await admitNewcomer(writer, newcomer(identity, invitation), at)
      const email = identity.email && { textId: emailTextId, address: identity.email.address }
      const user = await becomeAccount(writer, actor.user, { email, at })
      // Whoever knew the guest's token must not be in the account, too.
      const ended = await endSessionsOf(writer, { userId, except: actor.sessionId, at })
      await changeToken(writer, { sessionId: actor.sessionId, userId, token })
      return { user, ended, invitedTo: admission.roomId }
    })
    if (!claimed) return undefined
    const { user, ended, invitedTo } = claimed
    fanout.publish([
      { kind: 'profile', user },
      ...ended.map((sessionId) => ({ kind: 'session-ended', sessionId }) as const),
    ])
    if (invitedTo) await this.#parts.rooms.join(user, invitedTo)
    return { token: signToken(secret, token), expiresAt }
  }

  async #issueTicket(provider: Provider, identity: Identity, { goTo, invitation, browser }: Journey): Promise<string> {
    const { db, now } = this.#parts
    await this.#rehearse((writer) => admitNewcomer(writer, newcomer(identity, invitation), now()))
    const ticket: Ticket = { provider: provider.label, browser, identity, goTo, invitation }
    const token = pending.newToken()
    const kept = pending.seal('ticket', token, { what: ticket, at: now(), lifetimeMs: pending.TICKET_LIFETIME_MS })
    await db.write((writer) => pending.keep(writer, kept))
    return token
  }

  /** Refuses what would be refused, and changes nothing: nobody is asked for a name in vain. */
  async #rehearse(work: (writer: Writer) => Promise<unknown>): Promise<void> {
    const rehearsed = new Error('It was only a rehearsal.')
    const write = this.#parts.db.write(async (writer) => {
      await work(writer)
      throw rehearsed
    })
    await write.catch((error: unknown) => {
      if (error !== rehearsed) throw error
    })
  }
}

function stateIn(search: URLSearchParams): string {
  const [state, ...others] = search.getAll('state')
  if (!pending.isToken(state) || others.length > 0) throw new SignInProblem('expired')
  return state
}

function isSameBrowser({ browser }: { readonly browser: string }, key: string | undefined): boolean {
  return pending.isToken(key) && pending.digestOfToken(key) === browser
}

function asTicket(kept: unknown, browserKey: string | undefined): Ticket {
  const ticket = kept as Ticket | undefined // as: only we can have sealed it, in `#issueTicket`
  if (!ticket || !isSameBrowser(ticket, browserKey)) refuse('sign-up-expired')
  return ticket
}

function newcomer({ email }: Identity, invitation: string | undefined) {
  return { door: 'provider', email: email && { ...email, isVerified: true }, invitation } as const
}
