import { expect, test } from 'bun:test'
import { Hono } from 'hono'
import { securityHeaders } from './security-headers.ts'

async function headersAt(url: string, origin?: string): Promise<Headers> {
  const routes = new Hono()
  routes.use(securityHeaders(origin))
  return (await routes.request(url)).headers
}

test('[I2] behind a proxy with TLS: pages stay on HTTPS and share no window group, though we are asked by HTTP', async () => {
  const headers = await headersAt('http://chat.example.org/', 'https://chat.example.org')
  expect(headers.get('strict-transport-security')).toBe('max-age=31536000')
  expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
})

test('[I1] on plain HTTP nothing is asked for that only holds on HTTPS', async () => {
  for (const origin of [undefined, 'http://192.168.0.7:8000']) {
    const headers = await headersAt('http://192.168.0.7:8000/', origin)
    expect(headers.get('strict-transport-security')).toBeNull()
    expect(headers.get('cross-origin-opener-policy')).toBeNull()
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  }
})
