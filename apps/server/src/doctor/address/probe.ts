import { request as plain } from 'node:http'
import { request as secure } from 'node:https'

export interface Answer {
  readonly status: number
  /** By names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const LIMIT_MS = 10_000
const MOST_BYTES = 256 * 1024

/** One request as it is, following no redirect. A certificate that does not hold is no hindrance: `tls.ts` judges it. */
export function ask(
  url: URL,
  { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const begin = url.protocol === 'https:' ? secure : plain
  const options = {
    method,
    headers,
    timeout: LIMIT_MS,
    ...(url.protocol === 'https:' && { rejectUnauthorized: false }),
  }
  const asked = begin(url, options, (answer) => {
    const parts: Buffer[] = []
    let size = 0
    answer.on('data', (part: Buffer) => {
      size += part.length
      if (size <= MOST_BYTES) parts.push(part)
    })
    answer.on('error', reject)
    answer.on('end', () => {
      const named = Object.entries(answer.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(', ') : (value ?? ''),
      ])
      resolve({
        status: answer.statusCode ?? 0,
        headers: Object.fromEntries(named),
        body: Buffer.concat(parts).toString('utf8'),
      })
    })
  })
  asked.on('timeout', () => asked.destroy(new Error(`no answer within ${LIMIT_MS / 1_000} s`)))
  asked.on('error', reject)
  asked.end()
  return promise
}

export const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message || error.name : String(error)
