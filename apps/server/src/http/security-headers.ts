import type { MiddlewareHandler } from 'hono'

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const PERMISSIONS = ['camera', 'microphone', 'geolocation', 'payment', 'usb', 'serial', 'hid', 'midi']
  .map((feature) => `${feature}=()`)
  .join(', ')

/** Browsers that came by HTTPS once do not come by HTTP again for this long: a year. */
const STRICT_TRANSPORT = 'max-age=31536000'

/** On every answer, errors included. `origin`: the public address, where one is set. */
export function securityHeaders(origin: string | undefined): MiddlewareHandler {
  const isHttps = origin?.startsWith('https:') ?? false
  return async (context, next) => {
    await next()
    const { headers } = context.res
    headers.set('Content-Security-Policy', POLICY)
    headers.set('X-Content-Type-Options', 'nosniff')
    headers.set('Referrer-Policy', 'no-referrer')
    headers.set('Cross-Origin-Resource-Policy', 'same-origin')
    headers.set('Permissions-Policy', PERMISSIONS)
    // The proxy in front speaks HTTPS, we do not: only the public address tells.
    if (isHttps) headers.set('Strict-Transport-Security', STRICT_TRANSPORT)
    // Browsers ignore it on plain HTTP in a LAN and complain in the console.
    if (isHttps || isTrustworthy(context.req.url)) headers.set('Cross-Origin-Opener-Policy', 'same-origin')
  }
}

function isTrustworthy(url: string): boolean {
  const { hostname } = new URL(url)
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.')
}
