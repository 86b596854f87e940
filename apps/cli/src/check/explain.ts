import { StartError } from '../../../server/src/start-error.ts'
import { type Answer, NotParley } from './chat-server.ts'

/** Why nothing can be checked there, as one sentence with what to do. */
export function explained(url: string, answer: Exclude<Answer<unknown>, { kind: 'reply' }>): StartError {
  if (answer.kind === 'refused') {
    const { message, retryAfterMs } = answer.refusal
    const wait = retryAfterMs === undefined ? '' : ` It asks to wait for ${Math.ceil(retryAfterMs / 1_000)} s.`
    return new StartError(`${url} says: ${message}${wait}`)
  }
  return new StartError(inWords(url, answer.cause))
}

function inWords(url: string, cause: unknown): string {
  if (cause instanceof NotParley) return ofStranger(url, cause)
  if (cause instanceof Error && cause.name === 'TimeoutError') return `${url} did not answer within 15 s. Is it up?`
  const code = codeOf(cause)
  if (/EPROTO|WRONG_VERSION/.test(`${code} ${cause}`)) {
    return `${url} does not speak HTTPS there. Is the address ${url.replace(/^https/, 'http')}?`
  }
  if (TLS.test(code) || TLS.test(String(cause))) {
    return `The certificate of ${url} cannot be trusted (${code || String(cause)}). Mend it, or give its authority with NODE_EXTRA_CA_CERTS=<file>.`
  }
  if (/ENOTFOUND|EAI_AGAIN|DNS/i.test(code)) return `There is no host of the name in ${url}.`
  return `${url} cannot be reached (${code || String(cause)}). Is the address right, and the server up?`
}

function ofStranger(url: string, { status, location }: NotParley): string {
  if (status >= 300 && status < 400 && location !== null) {
    return `${url} leads on to ${new URL(location, url).origin}. Give that address.`
  }
  if (status === 502 || status === 503 || status === 504) {
    return `A proxy answers at ${url}, but reaches no Parley behind it (${status}). Is the server up?`
  }
  return `What answers at ${url} is not a Parley (${status} for /api/instance). Give the address at which the chat is opened, without a path.`
}

const TLS = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|ERR_TLS/i

function codeOf(cause: unknown): string {
  if (typeof cause !== 'object' || cause === null || !('code' in cause)) return ''
  return String(cause.code)
}
