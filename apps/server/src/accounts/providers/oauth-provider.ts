import type { Log } from '../../log.ts'
import { isLoopback } from '../../loopback.ts'
import type { OAuthSettings } from '../../provider-settings.ts'
import type { Email } from '../email.ts'
import { ASK_SECONDS, loadOpenidClient, type OpenidClient, signInProblem } from './openid-client.ts'
import { checkedEmail, type Identity, nameAmong, type Provider, type SignInChecks, SignInProblem } from './provider.ts'

/** A provider of plain OAuth2: who came is what `userUrl` answers to the token. */
export class OAuthProvider implements Provider {
  readonly id: string
  readonly label: string
  readonly authority: string
  readonly problem = undefined
  readonly isReady = true
  readonly #settings: OAuthSettings
  readonly #log: Pick<Log, 'info'>
  #opened: ReturnType<typeof open> | undefined

  constructor({ settings, log }: { settings: OAuthSettings; log: Pick<Log, 'info'> }) {
    this.id = settings.id
    this.label = settings.label
    this.authority = authorityOf(settings)
    this.#settings = settings
    this.#log = log
  }

  async authorizeUrl(redirectUri: string, { state, verifier }: SignInChecks): Promise<URL> {
    const { client, server } = await this.#open()
    return client.buildAuthorizationUrl(server, {
      redirect_uri: redirectUri,
      ...(this.#settings.scopes !== '' && { scope: this.#settings.scopes }),
      state,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
  }

  async identify(callback: URL, { state, verifier }: SignInChecks): Promise<Identity> {
    const { client, server } = await this.#open()
    const { userUrl, idField, nameField, emailField, emailVerifiedField, emailsUrl } = this.#settings
    try {
      const tokens = await client.authorizationCodeGrant(server, withoutIssuer(callback), {
        expectedState: state,
        pkceCodeVerifier: verifier,
      })
      const ask = (address: string) => askJson({ client, server, token: tokens.access_token, address })
      const person = await ask(userUrl)
      return {
        issuer: this.authority,
        subject: subjectIn(person, idField),
        ...nameAmong([member(person, nameField), member(person, 'login'), member(person, 'username')]),
        ...(emailVerifiedField !== undefined &&
          checkedEmail(member(person, emailField), member(person, emailVerifiedField))),
        ...(emailsUrl !== undefined && primaryEmail(await ask(emailsUrl))),
      }
    } catch (error) {
      throw signInProblem(error, client)
    }
  }

  /** At the first sign-in: nothing has to be asked of anybody before. */
  #open(): ReturnType<typeof open> {
    this.#opened ??= open(this.#settings)
    return this.#opened
  }

  start(): void {
    this.#log.info({ provider: this.id }, `The sign-in provider "${this.label}" is ready`)
  }

  stop(): void {}
}

/**
 * Stands where an issuer does: who gives the ids, and which id it is. With another address or another field the same id
 * could be somebody else's, so it is another issuer. (SPEC P3)
 */
export function authorityOf({ userUrl, idField }: Pick<OAuthSettings, 'userUrl' | 'idField'>): string {
  return `${userUrl}#${idField}`
}

async function open(settings: OAuthSettings) {
  const client = await loadOpenidClient()
  const server = new client.Configuration(
    {
      issuer: authorityOf(settings),
      authorization_endpoint: settings.authorizeUrl,
      token_endpoint: settings.tokenUrl,
    },
    settings.clientId,
    settings.clientSecret,
  )
  server.timeout = ASK_SECONDS
  if ([settings.authorizeUrl, settings.tokenUrl, settings.userUrl].some((url) => isLoopback(new URL(url).hostname))) {
    client.allowInsecureRequests(server)
  }
  return { client, server }
}

// Nothing says what a plain provider's `iss` would have to be. That each has an address of its own to come back to guards
// against one provider's code being brought to another.
function withoutIssuer(callback: URL): URL {
  const url = new URL(callback)
  url.searchParams.delete('iss')
  return url
}

async function askJson(ask: {
  readonly client: typeof OpenidClient
  readonly server: OpenidClient.Configuration
  readonly token: string
  readonly address: string
}): Promise<unknown> {
  const headers = new Headers({ accept: 'application/json' })
  const url = new URL(ask.address)
  const response = await ask.client.fetchProtectedResource(ask.server, ask.token, url, 'GET', undefined, headers)
  if (response.status !== 200) throw new SignInProblem('provider-failed', `${url.href} answered ${response.status}.`)
  try {
    return await response.json()
  } catch {
    throw new SignInProblem('provider-failed', `${url.href} answered no JSON.`)
  }
}

/** What lies at a path of names. */
function member(value: unknown, path: string): unknown {
  let at = value
  for (const name of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined
    at = (at as Record<string, unknown>)[name] // as: just checked
  }
  return at
}

function subjectIn(person: unknown, idField: string): string {
  const id = member(person, idField)
  if (typeof id === 'string' && id !== '' && id.length <= 255) return id
  if (typeof id === 'number' && Number.isSafeInteger(id)) return String(id)
  throw new SignInProblem('provider-failed', `The answer about the person has no "${idField}" that could be an id.`)
}

/** GitHub's form: `[{ email, primary, verified }]`. */
function primaryEmail(emails: unknown): { email?: Email } {
  if (!Array.isArray(emails)) return {}
  const primary: unknown = emails.find((one) => member(one, 'primary') === true)
  return checkedEmail(member(primary, 'email'), member(primary, 'verified'))
}
