import { expect, test } from 'bun:test'
import { NotParley } from './chat-server.ts'
import { explained } from './explain.ts'

const URL = 'https://chat.example'
const away = (cause: unknown): string => explained(URL, { kind: 'away', cause }).message
const failed = (code: string): string => away(Object.assign(new Error(code), { code }))
const answered = (status: number, location = ''): string =>
  away(new NotParley(new Response(null, { status, headers: location === '' ? {} : { location } }), ''))

test('what stands in the way is named, with the remedy', () => {
  expect(failed('ConnectionRefused')).toContain('https://chat.example cannot be reached (ConnectionRefused)')
  expect(failed('ENOTFOUND')).toBe('There is no host of the name in https://chat.example.')
  expect(failed('DEPTH_ZERO_SELF_SIGNED_CERT')).toContain('give its authority with NODE_EXTRA_CA_CERTS=<file>')
  expect(failed('CERT_HAS_EXPIRED')).toContain('cannot be trusted (CERT_HAS_EXPIRED)')
  expect(failed('EPROTO')).toBe('https://chat.example does not speak HTTPS there. Is the address http://chat.example?')
  expect(answered(302, 'https://talk.example/x')).toContain('leads on to https://talk.example')
  expect(answered(502)).toContain('reaches no Parley behind it (502)')
  expect(answered(404)).toContain('is not a Parley (404 for /api/instance)')
  const refusal = { code: 'busy', message: 'Too much at once.', retryAfterMs: 1_200 } as const
  expect(explained(URL, { kind: 'refused', refusal }).message).toBe(
    'https://chat.example says: Too much at once. It asks to wait for 2 s.',
  )
})
