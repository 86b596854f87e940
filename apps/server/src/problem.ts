import { REFUSALS, type RefusalCode, type RefusalDetails } from '@parley/protocol'

/** A refusal over HTTP: a problem document of RFC 9457. */
export function problem(
  code: RefusalCode,
  more: { retryAfterMs?: number | undefined; details?: RefusalDetails | undefined; status?: number } = {},
): Response {
  const { retryAfterMs, details } = more
  const status = more.status ?? REFUSALS[code].status
  const body = { type: 'about:blank', title: code, status, detail: REFUSALS[code].message, code, retryAfterMs, details }
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'private, no-store',
      ...(retryAfterMs !== undefined && { 'Retry-After': String(Math.ceil(retryAfterMs / 1000)) }),
    },
  })
}
