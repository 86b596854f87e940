import { type CommandOutput, type LinkId, type SignInError, type UserId, userStream } from '@parley/protocol'
import type { Actor } from '../../rules/actor.ts'
import { ownPath } from '../../rules/own-path.ts'
import { Refusal } from '../../rules/refusal.ts'
import { readUsers } from '../../storage/users.ts'
import type { Entered, Session } from '../accounts.ts'
import { freshSession } from '../new-session.ts'
import { findOwner } from './identities.ts'
import { linkIdentity } from './link-identity.ts'
import { describeAccount, unlinkProvider } from './linked-providers.ts'
import type { ProviderSignInParts } from './parts.ts'
import * as pending from './pending.ts'
import { proveByProvider } from './prove-by-provider.ts'
import { type Identity, type Provider, SignInProblem } from './provider.ts'
import { describeTicket, type Finish, type Finished, finishSignUp, issueTicket } from './sign-up-ticket.ts'

export interface Beginning {
  readonly providerId: string
  readonly browserKey: string
  /** This server as the browser knows it. */
  readonly origin: string
  readonly goTo: string | undefined
  readonly invitation: string | undefined
  readonly purpose: Purpose
}

/** Signing in or up; linking what comes back to whoever is signed in; showing once more that it is them. */
export type Purpose =
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'link'; readonly userId: UserId; readonly asGuest: boolean }
  | { readonly kind: 'confirm'; readonly userId: UserId }

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
  | { readonly kind: 'confirmed' }
  | { readonly kind: 'new'; readonly ticket: string }
  /** `isInside`: somebody signed in had begun it, in the settings. */
  | { readonly kind: 'failed'; readonly code: SignInError; readonly isInside: boolean }

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
  readonly purpose: Purpose
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
      purpose: ask.purpose,
    }
    const url = await provider.authorizeUrl(journey.redirectUri, checks, {
      isAnew: ask.purpose.kind === 'confirm',
    })
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
      if (!pending.isSameBrowser(journey, back.browserKey)) throw new SignInProblem('other-browser')
      return await this.#arrive(journey, state, back)
    } catch (error) {
      if (!(error instanceof SignInProblem || error instanceof Refusal)) throw error
      if (error instanceof SignInProblem && error.reason !== undefined) {
        const record = { provider: back.providerId, code: error.code, reason: error.reason }
        this.#parts.log.warn(record, 'A sign-in by a provider failed')
      }
      return { kind: 'failed', code: error.code, isInside: journey !== undefined && journey.purpose.kind !== 'sign-in' }
    }
  }

  /** What the page that asks for a name shows. Refusals: `sign-up-expired`. */
  describe(ask: { ticket: string; browserKey: string | undefined }): Promise<CommandOutput<'describe-sign-up'>> {
    return describeTicket(this.#parts, ask)
  }

  finish(ask: Finish): Promise<Finished> {
    return finishSignUp(this.#parts, ask)
  }

  /** By what somebody can sign in. */
  describeAccount(actor: Actor): Promise<CommandOutput<'describe-account'>> {
    return describeAccount(this.#parts, actor)
  }

  unlink(actor: Actor, linkId: LinkId): Promise<void> {
    return unlinkProvider(this.#parts, actor, linkId)
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
    const { purpose, goTo, invitation, browser } = journey
    if (purpose.kind !== 'sign-in' && session?.actor.user.id !== purpose.userId) {
      throw new SignInProblem('signed-out-meanwhile')
    }
    // Anybody's page can send a browser here, so it must not take the place of whoever is signed in. (SPEC P4)
    if (purpose.kind === 'sign-in' && session) throw new SignInProblem('signed-in-already')
    const callback = new URL(journey.redirectUri)
    callback.search = search.toString()
    const provider = this.#provider(journey.providerId)
    const identity = await provider.identify(callback, { ...journey, state })
    if (session && purpose.kind === 'confirm') {
      await proveByProvider(this.#parts, session, identity)
      return { kind: 'confirmed' }
    }
    if (session && purpose.kind === 'link') {
      const { asGuest } = purpose
      return {
        kind: 'linked',
        goTo,
        renewed: await linkIdentity(this.#parts, session, { identity, invitation, asGuest }),
      }
    }
    const entered = await this.#signInOwner(identity, device)
    if (entered) return { kind: 'known', entered, goTo }
    const ticket = { provider: provider.label, browser, identity, goTo, invitation }
    return { kind: 'new', ticket: await issueTicket(this.#parts, ticket) }
  }

  /** A session of whoever the identity belongs to; undefined when it is nobody's yet. */
  async #signInOwner(identity: Identity, device: string | null): Promise<Entered | undefined> {
    const { db, secret, now } = this.#parts
    const session = freshSession(secret, now(), device)
    return db.write(async (writer) => {
      const known = await findOwner(writer, identity)
      if (!known) return undefined
      // Whoever disables or deletes somebody holds the same lock, so that no session slips in behind.
      await writer.lockStreams([userStream(known.userId)])
      const owner = await findOwner(writer, identity)
      if (!owner) return undefined
      const [user] = await readUsers(writer, [owner.userId])
      if (owner.isGone || !user) throw new SignInProblem('account-disabled')
      await session.store(writer, user.id)
      return { user, token: session.token, expiresAt: session.expiresAt }
    })
  }
}

function stateIn(search: URLSearchParams): string {
  const [state, ...others] = search.getAll('state')
  if (!pending.isToken(state) || others.length > 0) throw new SignInProblem('expired')
  return state
}
