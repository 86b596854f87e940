import { connect } from 'node:tls'
import { type Finding, failing, ok, warning } from '../finding.ts'
import { ask, reasonOf } from './probe.ts'

const DAY_MS = 24 * 60 * 60_000
const SOON_DAYS = 14
const LIMIT_MS = 10_000

/** The certificate, when it ends, and whether whoever types the address without https gets there. */
export async function examineTls(url: URL): Promise<Finding[]> {
  if (url.protocol !== 'https:') return [plainFinding(url)]
  try {
    return [await certificate(url), await redirect(url)]
  } catch (error) {
    return [
      failing('tls', `No TLS at ${url.host} (${reasonOf(error)})`, 'Look at the proxy: docs/self-hosting.md, "HTTPS".'),
    ]
  }
}

function plainFinding({ hostname, origin }: URL): Finding {
  const isPrivate = /^(localhost|127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|\[::1\]|\[f[cd])/.test(hostname)
  if (isPrivate) return ok('tls', `${origin} is of this machine or network and needs none`)
  return warning(
    'tls',
    `${origin} has none: everybody on the way can read along`,
    'Put a proxy with HTTPS in front (docs/self-hosting.md, "HTTPS").',
  )
}

function certificate({ hostname, port }: URL): Promise<Finding> {
  const { promise, resolve, reject } = Promise.withResolvers<Finding>()
  const host = hostname.replace(/^\[|\]$/g, '')
  const socket = connect({ host, port: Number(port || 443), servername: host, rejectUnauthorized: false }, () => {
    const { valid_to: end } = socket.getPeerCertificate()
    const problem = socket.authorized ? undefined : String(socket.authorizationError)
    socket.destroy()
    resolve(judge(host, end, problem))
  })
  socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error('no answer')))
  socket.on('error', reject)
  return promise
}

function judge(host: string, end: string, problem: string | undefined): Finding {
  const days = Math.floor((Date.parse(end) - Date.now()) / DAY_MS)
  const renew =
    'Renew the certificate, and find out why that did not happen by itself (certbot renew --dry-run, or the log of Caddy).'
  if (days < 0) return failing('tls', `The certificate of ${host} ended ${-days} days ago`, renew)
  if (problem !== undefined)
    return failing(
      'tls',
      `Browsers refuse the certificate of ${host} (${problem})`,
      'Give the proxy a certificate for this very name, with the whole chain (fullchain.pem).',
    )
  if (days < SOON_DAYS) return warning('tls', `The certificate of ${host} ends in ${days} days`, renew)
  return ok('tls', `the certificate of ${host} holds for another ${days} days`)
}

async function redirect(url: URL): Promise<Finding> {
  const remedy = 'Let the proxy answer on port 80 with a redirect (301) to the same address with https.'
  if (url.port !== '') return ok('redirect', 'not looked for: the address has a port of its own')
  try {
    const { status, headers } = await ask(new URL(`http://${url.host}/lobby`))
    const isThere = status >= 301 && status <= 308 && headers.location?.startsWith(`https://${url.host}/`)
    if (isThere) return ok('redirect', 'whoever comes without https is sent on')
    return failing('redirect', `http://${url.host} answers ${status} instead of leading to https`, remedy)
  } catch (error) {
    return warning('redirect', `Nobody listens at http://${url.host} (${reasonOf(error)})`, remedy)
  }
}
