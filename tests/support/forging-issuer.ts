import { createHmac } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What an ID token says, or how it is made. */
export interface Forgery {
  /** Over what an honest one would say; `undefined` leaves it out. */
  readonly claims?: Readonly<Record<string, unknown>>
  readonly alg?: 'RS256' | 'none' | 'HS256'
  /** Signs with a key that the issuer does not publish, under the published one's name. */
  readonly isStolenName?: boolean
  /** Cuts the last letters off. */
  readonly isCut?: boolean
  /** No ID token at all. */
  readonly isMissing?: boolean
}

export interface ForgingIssuer {
  readonly issuer: string
  readonly secret: string
  /** The next ID token. */
  forgery: Forgery
  /** What `/userinfo` answers; without it the issuer has none. */
  userinfo: Readonly<Record<string, unknown>>
  /** What its document says besides, or instead. */
  document: Readonly<Record<string, unknown>>
  /** Where it gives tokens; its document names it. */
  tokenPath: string
  /** How often its document was asked for. */
  readonly documentReads: number
  stop(): Promise<void>
}

const RSA = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
  hash: 'SHA-256',
}

/** An issuer of OpenID Connect that says whatever it is told to: for answers that no real provider gives. */
export async function startForgingIssuer(): Promise<ForgingIssuer> {
  const own = await crypto.subtle.generateKey(RSA, true, ['sign', 'verify'])
  const other = await crypto.subtle.generateKey(RSA, true, ['sign', 'verify'])
  const jwk = { ...(await crypto.subtle.exportKey('jwk', own.publicKey)), kid: 'own', use: 'sig', alg: 'RS256' }
  let nonce = ''
  let documentReads = 0
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', issuer)
    if (url.pathname === '/.well-known/openid-configuration') {
      documentReads += 1
      return json(response, { ...document(issuer, forging.tokenPath), ...forging.document })
    }
    if (url.pathname === '/jwks') return json(response, { keys: [jwk] })
    if (url.pathname === '/userinfo') return json(response, forging.userinfo)
    if (url.pathname === '/token' && forging.tokenPath !== '/token') return void response.writeHead(404).end()
    if (url.pathname === forging.tokenPath) return void token().then((body) => json(response, body))
    nonce = url.searchParams.get('nonce') ?? ''
    const back = new URL(url.searchParams.get('redirect_uri') ?? '')
    back.searchParams.set('code', 'any')
    back.searchParams.set('state', url.searchParams.get('state') ?? '')
    response.writeHead(302, { location: back.href }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // as: it listens on a port

  async function token() {
    const { claims, alg = 'RS256', isStolenName, isCut, isMissing } = forging.forgery
    const now = Math.floor(Date.now() / 1_000)
    const honest = { iss: issuer, sub: 'somebody', aud: 'parley', nonce, iat: now, exp: now + 300 }
    const signed = `${base64url({ alg, kid: 'own' })}.${base64url({ ...honest, ...claims })}`
    const key = (isStolenName ? other : own).privateKey
    const signature = async () => {
      if (alg === 'none') return ''
      if (alg === 'HS256') return createHmac('sha256', forging.secret).update(signed).digest('base64url')
      return Buffer.from(await crypto.subtle.sign(RSA.name, key, Buffer.from(signed))).toString('base64url')
    }
    const idToken = `${signed}.${isCut ? (await signature()).slice(0, -8) : await signature()}`
    return { access_token: 'any', token_type: 'Bearer', ...(!isMissing && { id_token: idToken }) }
  }

  const forging: ForgingIssuer = {
    issuer,
    secret: 'what only Parley and the issuer know, and long enough',
    forgery: {},
    userinfo: { sub: 'somebody' },
    document: {},
    tokenPath: '/token',
    get documentReads() {
      return documentReads
    },
    stop() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return forging
}

function document(issuer: string, tokenPath: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}${tokenPath}`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
  }
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
