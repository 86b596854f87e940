import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface PlainOAuthProvider {
  readonly origin: string
  /** What Parley must be told about it, under this name. */
  settings(name: string): Record<string, string>
  /** What `/user` answers about whoever signs in next. */
  person: unknown
  /** What `/emails` answers. */
  emails: unknown
  /** Replaces what `/token` answers. */
  token: ((fields: URLSearchParams) => { status: number; body: unknown }) | undefined
  stop(): Promise<void>
}

const CLIENT_SECRET = 'what only Parley and the forge know'

/** Plain OAuth2 with PKCE on a loopback port, as a small forge has it: whoever comes is `person`, without being asked. */
export async function startPlainOAuthProvider(): Promise<PlainOAuthProvider> {
  const codes = new Map<string, { challenge: string; redirectUri: string }>()
  const tokens = new Set<string>()
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', origin)
    if (url.pathname === '/authorize') return authorize(url, response)
    if (url.pathname === '/token') return void exchange(request, response)
    const [, token] = /^bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (token === undefined || !tokens.has(token)) return json(response, 401, { message: 'Bad credentials' })
    if (url.pathname === '/user') return json(response, 200, provider.person)
    if (url.pathname === '/emails') return json(response, 200, provider.emails)
    return json(response, 404, {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // as: it listens on a port

  function authorize({ searchParams }: URL, response: ServerResponse): void {
    const code = randomBytes(12).toString('hex')
    const redirectUri = searchParams.get('redirect_uri') ?? ''
    codes.set(code, { challenge: searchParams.get('code_challenge') ?? '', redirectUri })
    const back = new URL(redirectUri)
    back.searchParams.set('code', code)
    back.searchParams.set('state', searchParams.get('state') ?? '')
    response.writeHead(302, { location: back.href }).end()
  }

  async function exchange(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = ''
    for await (const chunk of request) text += String(chunk)
    const fields = new URLSearchParams(text)
    if (provider.token) {
      const { status, body } = provider.token(fields)
      return json(response, status, body)
    }
    const known = codes.get(fields.get('code') ?? '')
    codes.delete(fields.get('code') ?? '')
    const challenge = createHash('sha256')
      .update(fields.get('code_verifier') ?? '')
      .digest('base64url')
    const isRight =
      known?.challenge === challenge &&
      known.redirectUri === fields.get('redirect_uri') &&
      fields.get('client_secret') === CLIENT_SECRET
    // As GitHub does: the status says that all is well.
    if (!isRight) return json(response, 200, { error: 'bad_verification_code' })
    const token = randomBytes(12).toString('hex')
    tokens.add(token)
    return json(response, 200, { access_token: token, token_type: 'bearer', scope: '' })
  }

  const provider: PlainOAuthProvider = {
    origin,
    settings: (name) => ({
      [`PARLEY_OAUTH_${name}_AUTHORIZE_URL`]: `${origin}/authorize`,
      [`PARLEY_OAUTH_${name}_TOKEN_URL`]: `${origin}/token`,
      [`PARLEY_OAUTH_${name}_USER_URL`]: `${origin}/user`,
      [`PARLEY_OAUTH_${name}_CLIENT_ID`]: 'parley',
      [`PARLEY_OAUTH_${name}_CLIENT_SECRET`]: CLIENT_SECRET,
    }),
    person: { id: 1 },
    emails: [],
    token: undefined,
    stop() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return provider
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
