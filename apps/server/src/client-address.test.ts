import { expect, test } from 'bun:test'
import { clientAddress, readTrustedProxies } from './client-address.ts'

const { proxies } = readTrustedProxies('10.0.0.1, 172.16.0.0/12, fd00::/8')
const from = (peer: string, forwarded?: string) =>
  clientAddress(new Headers(forwarded === undefined ? {} : { 'X-Forwarded-For': forwarded }), peer, proxies)

test.each([
  ['198.51.100.7', '203.0.113.9', '198.51.100.7', 'a stranger says what it likes'],
  ['10.0.0.1', '203.0.113.9', '203.0.113.9', 'a proxy of ours is believed'],
  ['::ffff:10.0.0.1', '203.0.113.9', '203.0.113.9', 'also over an IPv6 socket'],
  ['10.0.0.1', '1.1.1.1, 203.0.113.9', '203.0.113.9', 'but not what its client claims'],
  ['10.0.0.1', '1.1.1.1, 203.0.113.9, 172.20.1.1', '203.0.113.9', 'over several of ours'],
  ['10.0.0.1', undefined, '10.0.0.1', 'nothing forwarded'],
  ['10.0.0.1', 'unknown', '10.0.0.1', 'nothing that is an address'],
  ['10.0.0.1', '203.0.113.9, nonsense', '10.0.0.1', 'nor anything left of it'],
  ['10.0.0.1', '1.1.1.1, nonsense, 172.20.1.1', '172.20.1.1', 'the nearest that is one'],
  ['fd00::5', '[2001:db8::7]:4711', '2001:db8::7', 'with brackets and a port'],
  ['10.0.0.1', '203.0.113.9:4711', '203.0.113.9', 'with a port'],
  ['10.0.0.1', ','.repeat(1_000), '10.0.0.1', 'nothing, often'],
  ['', '203.0.113.9', '', 'a peer without an address'],
])('[H6] %s, forwarded for %p: %s (%s)', (peer, forwarded, address) => {
  expect(from(peer, forwarded)).toBe(address)
})

test('[H6] without trusted proxies no header counts', () => {
  const { proxies: none } = readTrustedProxies('')
  expect(clientAddress(new Headers({ 'X-Forwarded-For': '1.1.1.1' }), '127.0.0.1', none)).toBe('127.0.0.1')
})

test('what is no address or network is named', () => {
  const { problems } = readTrustedProxies('10.0.0.1,10.0.0.0/33,proxy.example.org,fd00::/129,::1')
  expect(problems).toEqual(['10.0.0.0/33', 'proxy.example.org', 'fd00::/129'])
})
