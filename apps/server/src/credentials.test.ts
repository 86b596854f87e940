import { expect, test } from 'bun:test'
import { credentialsOf, isOwnOrigin, sessionCookie, sessionCookieName } from './credentials.ts'

const headers = (entries: Record<string, string>) => new Headers(entries)

test.each<[string, Record<string, string>, string | undefined, boolean]>([
  ['equal to the host', { origin: 'http://localhost:8000', host: 'localhost:8000' }, undefined, true],
  ['equal behind a proxy with HTTPS', { origin: 'https://chat.example', host: 'chat.example' }, undefined, true],
  ['missing', { host: 'localhost:8000' }, undefined, false],
  ['null', { origin: 'null', host: 'localhost:8000' }, undefined, false],
  ['another port', { origin: 'http://localhost:8001', host: 'localhost:8000' }, undefined, false],
  ['without the port', { origin: 'http://localhost', host: 'localhost:8000' }, undefined, false],
  ['a suffix', { origin: 'http://localhost:8000.evil.example', host: 'localhost:8000' }, undefined, false],
  ['a prefix', { origin: 'http://evil.localhost:8000', host: 'localhost:8000' }, undefined, false],
  ['in capitals', { origin: 'HTTP://LOCALHOST:8000', host: 'localhost:8000' }, undefined, false],
  ['with a path', { origin: 'http://localhost:8000/', host: 'localhost:8000' }, undefined, false],
  ['with a user', { origin: 'http://localhost:8000@evil.example', host: 'localhost:8000' }, undefined, false],
  ['of another scheme', { origin: 'ftp://localhost:8000', host: 'localhost:8000' }, undefined, false],
  ['the public one', { origin: 'https://chat.example', host: 'internal:8000' }, 'https://chat.example', true],
  [
    'the host, but not the public one',
    { origin: 'http://internal:8000', host: 'internal:8000' },
    'https://chat.example',
    false,
  ],
  ['the public one over HTTP', { origin: 'http://chat.example', host: 'chat.example' }, 'https://chat.example', false],
])('[I2] an Origin that is %s', (_, entries, publicOrigin, isOwn) => {
  expect(isOwnOrigin(headers(entries), publicOrigin)).toBe(isOwn)
})

test('a bearer token beats a cookie; what is malformed is nothing', () => {
  expect(credentialsOf(headers({ cookie: 'a=b; parley_session=abc.def' }), 'parley_session')).toEqual({
    token: 'abc.def',
    via: 'cookie',
  })
  const both = headers({ cookie: 'parley_session=abc', authorization: 'Bearer xyz' })
  expect(credentialsOf(both, 'parley_session')).toEqual({ token: 'xyz', via: 'bearer' })
  for (const authorization of ['Bearer', 'Bearer ', 'Basic abc', 'Bearer a b', 'null', `Bearer ${'x'.repeat(1025)}`]) {
    expect(credentialsOf(headers({ authorization }), 'parley_session')).toBeUndefined()
  }
  for (const cookie of ['parley_session=', 'xparley_session=abc', '__Host-parley_session=abc', 'parley_session']) {
    expect(credentialsOf(headers({ cookie }), 'parley_session')).toBeUndefined()
  }
})

test('with HTTPS the cookie demands it', () => {
  expect(sessionCookieName('https://chat.example')).toBe('__Host-parley_session')
  const cookie = sessionCookie('abc', { origin: 'https://chat.example', maxAgeMs: 60_000 })
  expect(cookie).toBe('__Host-parley_session=abc; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure')
  expect(sessionCookie('abc', { origin: undefined, maxAgeMs: 1_000 })).not.toContain('Secure')
})
