import { type Finding, failing, ok, warning } from '../finding.ts'
import { judgeClock } from '../place/clock.ts'
import { type Answer, ask, reasonOf } from './probe.ts'

/** What every answer of Parley's carries; a proxy that drops one takes a protection away. */
const WANTED: Readonly<Record<string, RegExp>> = {
  'content-security-policy': /default-src 'none'/,
  'x-content-type-options': /nosniff/,
  'referrer-policy': /no-referrer/,
  'cross-origin-resource-policy': /same-origin/,
  'permissions-policy': /camera=\(\)/,
}

/** Whether Parley answers there, ready and whole: nothing dropped, nothing kept, nothing shown that is not for everybody. */
export async function examineHeaders(url: URL): Promise<Finding[]> {
  try {
    const asked = Date.now()
    const ready = await ask(new URL('/readyz', url))
    const clock = clockOf(ready, (asked + Date.now()) / 2)
    const [page, instance, metrics] = await Promise.all(
      ['/', '/api/instance', '/metrics'].map((path) => ask(new URL(path, url))),
    )
    if (!page || !instance || !metrics) return []
    return [readiness(url, ready), ...clock, headersOf(url, page), keptOf(ready, instance), metricsOf(url, metrics)]
  } catch (error) {
    const remedy =
      'Is the server running, and does the proxy lead to it? The name, its address and the firewall count too.'
    return [failing('address', `${url.origin} does not answer (${reasonOf(error)})`, remedy)]
  }
}

function readiness(url: URL, { status, body }: Answer): Finding {
  if (status === 200 && body.includes('"ok":true')) return ok('address', `${url.origin} is ready`)
  if (status === 503 && body.includes('"checks"'))
    return failing(
      'address',
      `${url.origin} is not ready: ${body.slice(0, 200)}`,
      'The part that says false is what is wrong; the log of the server says more.',
    )
  return failing(
    'address',
    `${url.origin}/readyz answers ${status}, and not as Parley does`,
    'The address leads somewhere else: look at the proxy.',
  )
}

function clockOf({ headers }: Answer, at: number): Finding[] {
  const date = Date.parse(headers.date ?? '')
  // It names whole seconds, cut off.
  return Number.isNaN(date) ? [] : [judgeClock('the server', date + 500 - at)]
}

function headersOf(url: URL, { headers }: Answer): Finding {
  const wanted = url.protocol === 'https:' ? { ...WANTED, 'strict-transport-security': /max-age=\d{6}/ } : WANTED
  const missing = Object.entries(wanted).filter(([name, form]) => !form.test(headers[name] ?? ''))
  if (missing.length === 0) return ok('headers', 'every protection arrives')
  const names = missing.map(([name]) => name).join(', ')
  const remedy =
    names === 'strict-transport-security'
      ? `Set PARLEY_URL=${url.origin}, so that the server knows that it is reached by HTTPS.`
      : 'The proxy drops or replaces them: let headers of Parley pass as they are.'
  return failing('headers', `Missing or changed: ${names}`, remedy)
}

function keptOf(...answers: readonly Answer[]): Finding {
  const remedy = 'The proxy keeps what must not be kept: let it cache nothing, or only what Parley calls public.'
  for (const { headers } of answers) {
    if (!/no-store|no-cache|private/.test(headers['cache-control'] ?? ''))
      return failing(
        'caching',
        `An answer came without its word on caching ("${headers['cache-control'] ?? 'none'}")`,
        remedy,
      )
    const hit = /\bhit\b/i.exec(headers['x-cache'] ?? headers['cf-cache-status'] ?? '')
    if (hit || Number(headers.age ?? 0) > 0) return failing('caching', 'An answer came out of a cache', remedy)
  }
  return ok('caching', 'nothing is kept on the way')
}

function metricsOf(url: URL, { status }: Answer): Finding {
  if (status !== 200 || url.hostname === 'localhost' || /^127\.|^\[::1\]/.test(url.hostname))
    return ok('metrics', status === 200 ? 'shown, to this machine' : 'hidden from strangers')
  return warning(
    'metrics',
    `${url.origin}/metrics is shown to everybody`,
    'Let the proxy answer it with 404; scrape the instances directly.',
  )
}
