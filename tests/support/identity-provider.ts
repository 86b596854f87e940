import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

/** Somebody at a provider. */
export interface ProviderPerson {
  readonly name?: string
  readonly email?: string
  readonly email_verified?: boolean
}

/** Answers a path instead of the provider, for what a real one would not do. */
export type Override = (request: IncomingMessage, response: ServerResponse) => void

export interface IdentityProvider {
  readonly issuer: string
  /** What Parley must be told about it, under this name. */
  settings(name: string): Record<string, string>
  /** By subject; may change while it runs. */
  readonly people: Map<string, ProviderPerson>
  /** By path, such as `/jwks`. */
  readonly overrides: Map<string, Override>
  /** Paths that were asked, in order. */
  readonly asked: string[]
  /** Hangs up on everybody and refuses connections, until `comeBack`. */
  goAway(): Promise<void>
  comeBack(): Promise<void>
  stop(): Promise<void>
}

const CLIENT_SECRET = 'what only Parley and the provider know'

/**
 * A provider of OpenID Connect on a loopback port: the package `oidc-provider` with a sign-in page of one button for each
 * person. `origin` is Parley's.
 */
export async function startIdentityProvider(about: {
  readonly origin: string
  readonly people: Readonly<Record<string, ProviderPerson>>
  /** Parley's names for it, as they stand in the addresses to come back to. */
  readonly names?: readonly string[]
}): Promise<IdentityProvider> {
  const people = new Map(Object.entries(about.people))
  const overrides = new Map<string, Override>()
  const asked: string[] = []
  let answer: (request: IncomingMessage, response: ServerResponse) => void = () => undefined
  let server = await open(0, (request, response) => {
    const path = new URL(request.url ?? '/', 'http://provider').pathname
    asked.push(path)
    const override = overrides.get(path)
    if (override) override(request, response)
    else answer(request, response)
  })
  const { port } = server.address() as AddressInfo // as: it listens on a port
  const issuer = `http://127.0.0.1:${port}`
  const provider = quietly(() => openProvider(issuer, people, about))
  const callback = provider.callback()
  answer = (request, response) => {
    if (!request.url?.startsWith('/interaction/')) return void callback(request, response)
    interact(provider, people, { request, response }).catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  }
  const listener = server.listeners('request')[0] as (request: IncomingMessage, response: ServerResponse) => void // as: ours

  return {
    issuer,
    people,
    overrides,
    asked,
    settings: (name) => ({
      [`PARLEY_OIDC_${name}_ISSUER`]: issuer,
      [`PARLEY_OIDC_${name}_CLIENT_ID`]: 'parley',
      [`PARLEY_OIDC_${name}_CLIENT_SECRET`]: CLIENT_SECRET,
    }),
    goAway: () => close(server),
    async comeBack() {
      server = await open(port, listener)
    },
    stop: () => close(server),
  }
}

function openProvider(
  issuer: string,
  people: ReadonlyMap<string, ProviderPerson>,
  { origin, names = ['corp'] }: { origin: string; names?: readonly string[] },
): Provider {
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'parley',
        client_secret: CLIENT_SECRET,
        redirect_uris: names.map((name) => `${origin}/api/sign-in/${name}/callback`),
      },
    ],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
    cookies: { keys: ['of this provider'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
    async findAccount(_, subject) {
      const person = people.get(subject)
      return person && { accountId: subject, claims: async () => ({ sub: subject, ...person }) }
    },
    // Nobody is asked whether Parley may know who they are.
    async loadExistingGrant({ oidc }) {
      const accountId = oidc.session?.accountId
      if (!oidc.client || !accountId) return undefined
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId })
      grant.addOIDCScope('openid profile email')
      await grant.save()
      return grant
    },
  })
  return provider
}

async function interact(
  provider: Provider,
  people: ReadonlyMap<string, ProviderPerson>,
  { request, response }: { request: IncomingMessage; response: ServerResponse },
): Promise<void> {
  if (request.method === 'POST') {
    const subject = new URLSearchParams(await textOf(request)).get('person') ?? ''
    const result = subject === '' ? { error: 'access_denied' } : { login: { accountId: subject } }
    await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
    return
  }
  const buttons = [...people].map(
    ([subject, { name }]) => `<button name="person" value="${subject}">Sign in as ${name ?? subject}</button>`,
  )
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(`<!doctype html><html lang="en"><title>Provider</title><h1>Who are you?</h1>
<form method="post">${buttons.join('\n')}<button name="person" value="">Cancel</button></form>`)
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

function open(port: number, listener: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(listener)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}

function close(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve()
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

/** The package warns of everything that a provider for tests is. */
function quietly<T>(work: () => T): T {
  const { warn, info } = console
  console.warn = () => undefined
  console.info = () => undefined
  try {
    return work()
  } finally {
    console.warn = warn
    console.info = info
  }
}
