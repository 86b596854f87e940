import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import { isLoopback } from '../../loopback.ts'
import type { OpenidSettings } from '../../provider-settings.ts'
import { Backoff } from './backoff.ts'
import { ASK_SECONDS, describeError, loadOpenidClient, type OpenidClient, signInProblem } from './openid-client.ts'
import { checkedEmail, type Identity, nameAmong, type Provider, type SignInChecks, SignInProblem } from './provider.ts'

export interface OpenidProviderParts {
  readonly settings: OpenidSettings
  readonly clock: Clock
  readonly log: Pick<Log, 'info' | 'warn' | 'debug'>
}

const DISCOVERY_SECONDS = 5
/** Endpoints and keys move now and then. */
const READ_EVERY_MS = 60 * 60_000
/** A failed exchange may mean that they have moved, or that somebody makes them up. */
const READ_AT_MOST_EVERY_MS = 60_000

type Phase =
  | { readonly name: 'waiting'; readonly problem: string | undefined }
  | { readonly name: 'ready'; readonly client: typeof OpenidClient; readonly server: OpenidClient.Configuration }
  | { readonly name: 'stopped' }

/**
 * A provider of OpenID Connect. Its document is read in the background, again and again until it can be; the provider is
 * offered all the while, as not ready, so that nobody looks for a button that is gone. (SPEC P5)
 */
export class OpenidProvider implements Provider {
  readonly id: string
  readonly label: string
  readonly authority: string
  readonly #settings: OpenidSettings
  readonly #log: OpenidProviderParts['log']
  readonly #clock: Clock
  #backoff: Backoff
  #callOff: () => void = () => undefined
  #isReading = false
  #readAt = 0
  #phase: Phase = { name: 'waiting', problem: undefined }

  constructor({ settings, clock, log }: OpenidProviderParts) {
    this.id = settings.id
    this.label = settings.label
    this.authority = settings.issuer
    this.#settings = settings
    this.#log = log
    this.#clock = clock
    this.#backoff = new Backoff(clock)
  }

  get isReady(): boolean {
    return this.#phase.name === 'ready'
  }

  get problem(): string | undefined {
    return this.#phase.name === 'waiting' ? (this.#phase.problem ?? 'Its document is being read.') : undefined
  }

  async authorizeUrl(
    redirectUri: string,
    { state, nonce, verifier }: SignInChecks,
    { isAnew } = { isAnew: false },
  ): Promise<URL> {
    const { client, server } = this.#ready()
    return client.buildAuthorizationUrl(server, {
      redirect_uri: redirectUri,
      scope: this.#settings.scopes,
      state,
      nonce,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      // The one is the wish, the other makes the ID token tell whether it was granted. Some providers know neither.
      ...(isAnew && { prompt: 'login', max_age: '0' }),
    })
  }

  async identify(callback: URL, { state, nonce, verifier }: SignInChecks): Promise<Identity> {
    const { client, server } = this.#ready()
    try {
      // Checks `state`, `iss`, and of the ID token issuer, audience, nonce, times and signature.
      const tokens = await client.authorizationCodeGrant(server, callback, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
      const token = tokens.claims()
      if (!token) throw new SignInProblem('provider-failed', 'The answer has no ID token.')
      if (token.sub === '') throw new SignInProblem('provider-failed', 'The subject is empty.')
      const isAsked = server.serverMetadata().userinfo_endpoint !== undefined && (!token.name || !token.email)
      const more = isAsked ? await client.fetchUserInfo(server, tokens.access_token, token.sub) : undefined
      return {
        issuer: token.iss,
        subject: token.sub,
        ...(typeof token.auth_time === 'number' && {
          signedInAgoMs: Math.max(0, token.iat - token.auth_time) * 1_000,
        }),
        ...nameAmong([token.name, more?.name, token.preferred_username, more?.preferred_username, token.nickname]),
        // An address and whether it was checked are taken from one and the same statement.
        ...checkedEmail(more?.email, more?.email_verified),
        ...checkedEmail(token.email, token.email_verified),
      }
    } catch (error) {
      const problem = signInProblem(error, client)
      if (problem.code !== 'cancelled' && this.#clock.now() - this.#readAt >= READ_AT_MOST_EVERY_MS)
        void this.#discover()
      throw problem
    }
  }

  start(): void {
    void this.#discover()
  }

  stop(): void {
    this.#phase = { name: 'stopped' }
    this.#backoff.stop()
    this.#callOff()
  }

  #ready() {
    if (this.#phase.name !== 'ready') throw new SignInProblem('provider-away', 'It is not ready.')
    return this.#phase
  }

  /** Reads the document, the first time or anew; what was read before counts until then. (SPEC P5) */
  async #discover(): Promise<void> {
    if (this.#isReading || this.#phase.name === 'stopped') return
    this.#isReading = true
    this.#readAt = this.#clock.now()
    this.#backoff.stop()
    this.#callOff()
    const found = await this.#read().catch((error: unknown) => describeError(error))
    this.#isReading = false
    // Read afresh: it may have been stopped meanwhile.
    if (this.#isStopped()) return
    if (typeof found === 'string') {
      this.#noteFailure(found)
      this.#backoff.next(() => void this.#discover())
      return
    }
    const isFirst = this.#phase.name === 'waiting'
    this.#phase = { name: 'ready', ...found }
    this.#backoff = new Backoff(this.#clock)
    const leftMs = this.#readAt + READ_EVERY_MS - this.#clock.now()
    this.#callOff = this.#clock.after(Math.max(0, leftMs), () => void this.#discover())
    if (isFirst) this.#log.info({ provider: this.id }, `The sign-in provider "${this.label}" is ready`)
  }

  #isStopped(): boolean {
    return this.#phase.name === 'stopped'
  }

  #noteFailure(found: string): void {
    if (this.#phase.name === 'ready') {
      const record = { provider: this.id, problem: found }
      this.#log.warn(record, `The document of "${this.label}" could not be read again; the former one counts: ${found}`)
      return
    }
    const isNews = this.#phase.name === 'waiting' && this.#phase.problem !== found
    this.#phase = { name: 'waiting', problem: found }
    const level = isNews ? 'warn' : 'debug'
    this.#log[level](
      { provider: this.id, problem: found },
      `The sign-in provider "${this.label}" is not ready: ${found}`,
    )
  }

  async #read() {
    const { issuer, clientId, clientSecret } = this.#settings
    const client = await loadOpenidClient()
    const address = new URL(issuer)
    const server = await client
      .discovery(address, clientId, clientSecret, undefined, {
        timeout: DISCOVERY_SECONDS,
        execute: [
          // The connection to the token endpoint would do, says the standard; a signature proves it whatever lies between.
          client.enableNonRepudiationChecks,
          ...(isLoopback(address.hostname) ? [client.allowInsecureRequests] : []),
        ],
      })
      .catch((error: unknown) => {
        const named = issuerIn(error)
        throw named === undefined ? error : new Error(otherIssuer(named, issuer))
      })
    const document = server.serverMetadata()
    // As text, not as an address: with and without a slash at the end are two issuers. (SPEC P5)
    if (document.issuer !== issuer) throw new Error(otherIssuer(document.issuer, issuer))
    if (document.jwks_uri === undefined) throw new Error('Its document names no keys ("jwks_uri").')
    if (document.token_endpoint === undefined || document.authorization_endpoint === undefined) {
      throw new Error('Its document names no endpoint to sign in.')
    }
    server.timeout = ASK_SECONDS
    return { client, server }
  }
}

function otherIssuer(named: string, configured: string): string {
  return `Its document names "${named.slice(0, 200)}" as the issuer, but "${configured}" is configured; both must be the same, letter by letter.`
}

/** The library keeps the document that it refused for its issuer. */
function issuerIn(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  if (typeof cause !== 'object' || cause === null || !('attribute' in cause) || cause.attribute !== 'issuer')
    return undefined
  const body = 'body' in cause ? cause.body : undefined
  if (typeof body !== 'object' || body === null || !('issuer' in body)) return undefined
  return typeof body.issuer === 'string' ? body.issuer : undefined
}
