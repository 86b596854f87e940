import { isIP } from 'node:net'
import { connect, type PeerCertificate } from 'node:tls'
import { type Finding, failing, ok, warning } from '../finding.ts'
import { ask, reasonOf } from './probe.ts'

const DAY_MS = 24 * 60 * 60_000
const SOON_DAYS = 14
const LIMIT_MS = 10_000

/**
 * The certificate, from when to when it holds, and whether whoever types the address without https gets there. `trusted`:
 * authorities in PEM; default: those of this machine.
 */
export async function examineTls(url: URL, trusted?: readonly string[]): Promise<Finding[]> {
  if (url.protocol !== 'https:') return [plainFinding(url)]
  try {
    return [await certificate(url, trusted), await redirect(url)]
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

function certificate({ hostname, port }: URL, trusted?: readonly string[]): Promise<Finding> {
  const { promise, resolve, reject } = Promise.withResolvers<Finding>()
  const host = hostname.replace(/^\[|\]$/g, '')
  // Addresses in numbers are not asked for by name.
  const name = isIP(host) === 0 ? { servername: host } : {}
  const way = { host, port: Number(port || 443), ...name, rejectUnauthorized: false }
  const socket = connect({ ...way, ...(trusted && { ca: [...trusted] }) }, () => {
    const shown = socket.getPeerCertificate()
    const problem = socket.authorized ? undefined : String(socket.authorizationError)
    socket.destroy()
    resolve(judge(host, shown, problem))
  })
  socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error('no answer')))
  socket.on('error', reject)
  return promise
}

function judge(host: string, shown: PeerCertificate, problem: string | undefined): Finding {
  const left = Date.parse(shown.valid_to) - Date.now()
  const days = Math.floor(left / DAY_MS)
  if (left < 0) return failing('tls', `The certificate of ${host} ended ${agoOf(-left)}`, RENEW)
  if (Date.parse(shown.valid_from) > Date.now()) {
    const says = `The certificate of ${host} holds only from ${shown.valid_from} on`
    return failing('tls', says, 'Look at the clock of this machine; otherwise let the proxy use one that holds now.')
  }
  if (problem === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const says = `The certificate shown at ${host} is for other names (${shown.subjectaltname ?? 'none'})`
    return failing('tls', says, COMPLETE)
  }
  if (problem !== undefined) return failing('tls', `Browsers refuse the certificate of ${host} (${problem})`, COMPLETE)
  if (days < SOON_DAYS) return warning('tls', `The certificate of ${host} ends in ${days} days`, RENEW)
  return ok('tls', `the certificate of ${host} holds for another ${days} days`)
}

const RENEW =
  'Renew the certificate, and find out why that did not happen by itself (certbot renew --dry-run, or the log of Caddy).'
const COMPLETE = 'Give the proxy a certificate for this very name, with the whole chain (fullchain.pem).'

function agoOf(ms: number): string {
  return ms < DAY_MS ? 'less than a day ago' : `${Math.floor(ms / DAY_MS)} days ago`
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
