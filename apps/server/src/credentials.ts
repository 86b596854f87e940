/** The session's token as a request carries it. A cookie is sent by browsers on their own accord, a bearer token is not. */
export interface Credentials {
  readonly token: string
  readonly via: 'cookie' | 'bearer'
}

/** A bearer token beats a cookie. Anything malformed is as good as nothing. */
export function credentialsOf(headers: Headers, cookieName: string): Credentials | undefined {
  const authorization = headers.get('authorization')
  if (authorization !== null) {
    const [, token] = /^bearer ([\x21-\x7e]{1,1024})$/i.exec(authorization) ?? []
    return token === undefined ? undefined : { token, via: 'bearer' }
  }
  const token = cookieOf(headers, cookieName)
  return token === undefined ? undefined : { token, via: 'cookie' }
}

/** The first cookie of this name; an empty or endless one is as good as none. */
export function cookieOf(headers: Headers, cookieName: string): string | undefined {
  for (const pair of headers.get('cookie')?.split(';') ?? []) {
    const [name, value] = splitOnce(pair.trim(), '=')
    if (name === cookieName && value !== '' && value.length <= 1024) return value
  }
  return undefined
}

/** With HTTPS the name itself demands `Secure` and this very host, so that no neighbour can plant a session. */
export function sessionCookieName(origin: string | undefined): string {
  return isHttps(origin) ? '__Host-parley_session' : 'parley_session'
}

/** Knows the browser again that went to a sign-in provider. (SPEC P2) */
export function travelCookieName(origin: string | undefined): string {
  return isHttps(origin) ? '__Host-parley_travel' : 'parley_travel'
}

export function sessionCookie(
  token: string,
  { origin, maxAgeMs }: { origin: string | undefined; maxAgeMs: number },
): string {
  return cookie(sessionCookieName(origin), token, { origin, maxAgeMs })
}

export function travelCookie(key: string, about: { origin: string | undefined; maxAgeMs: number }): string {
  return cookie(travelCookieName(about.origin), key, about)
}

// `Lax` and not `Strict`: it has to come along when a provider sends the browser back.
function cookie(
  name: string,
  value: string,
  { origin, maxAgeMs }: { origin: string | undefined; maxAgeMs: number },
): string {
  const age = Math.max(0, Math.floor(maxAgeMs / 1000))
  const text = `${name}=${value}; Max-Age=${age}; Path=/; HttpOnly; SameSite=Lax`
  return isHttps(origin) ? `${text}; Secure` : text
}

/**
 * Whether a request that is signed in by a cookie comes from our own pages: any page of the world can make a browser send
 * it. `Origin` must be there and equal the public address, or, where none is set, the address that was asked. (SPEC I2)
 */
export function isOwnOrigin(headers: Headers, publicOrigin: string | undefined): boolean {
  const origin = headers.get('origin')
  if (origin === null) return false
  if (publicOrigin !== undefined) return origin === publicOrigin
  const host = headers.get('host')
  if (host === null || !/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false
  // A proxy in front may speak HTTPS while we do not, so the scheme is not compared; the port is part of the host.
  return new URL(origin).host === host.toLowerCase() && new URL(origin).origin === origin
}

function isHttps(origin: string | undefined): boolean {
  return origin?.startsWith('https:') ?? false
}

function splitOnce(text: string, mark: string): [string, string] {
  const index = text.indexOf(mark)
  return index === -1 ? [text, ''] : [text.slice(0, index), text.slice(index + mark.length)]
}
