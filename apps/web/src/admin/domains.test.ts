import { expect, test } from 'bun:test'
import { readDomains } from './domains.ts'
import { doorWords } from './door-words.ts'

test('domains are read as people write them', () => {
  expect(readDomains('')).toEqual([])
  expect(readDomains(' @Example.org, example.com;example.org ')).toEqual(['example.org', 'example.com'])
  expect(readDomains('example')).toContain('“\u2068example\u2069” is not a domain')
  expect(readDomains('a@example.org')).toContain('is not a domain')
  expect(readDomains(Array.from({ length: 51 }, (_, at) => `d${at}.org`).join(' '))).toContain('more than 50')
})

test('[U4] the page says plainly who can come in', () => {
  const open = doorWords({ signUp: 'open', guests: true, emailDomains: [] }).join(' ')
  expect(open).toContain('Guests and open sign-up are on')
  expect(open).toContain('To change it')
  expect(doorWords({ signUp: 'open', guests: false, emailDomains: ['a.org'] })).toEqual([
    'Guests are not let in.',
    'Everybody who reaches this address can create an account.',
    'New accounts need an e-mail address at a.org.',
  ])
  expect(doorWords({ signUp: 'invitation', guests: false, emailDomains: [] })[0]).toContain('need an invitation link')
  expect(doorWords({ signUp: 'provider', guests: false, emailDomains: [] })[1]).toContain('providers only')
})
