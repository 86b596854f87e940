import { expect, test } from 'bun:test'
import { createServer } from 'node:http'
import type { Server } from 'node:net'
import { createServer as createSecureServer } from 'node:tls'
import { Authority, type Certificate, daysFromNow } from '../../../../../tests/support/certificates.ts'
import type { Finding } from '../finding.ts'
import { examineTls } from './tls.ts'

const authority = new Authority('Authority of a test')
const valid = { names: ['localhost'], from: daysFromNow(-30), until: daysFromNow(60.5) }

/** What is found where this certificate is shown; the test's authority is one of the machine's unless said otherwise. */
async function tlsAt(
  certificate: Certificate,
  { trusted = [authority.cert], host = 'localhost' } = {},
): Promise<Finding | undefined> {
  const server = createSecureServer(certificate, (socket) => socket.on('error', () => undefined))
  server.on('tlsClientError', () => undefined)
  const port = await listens(server)
  try {
    return (await examineTls(new URL(`https://${host}:${port}`), trusted))[0]
  } finally {
    server.close()
  }
}

async function listens(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

test('[K8, G21] a certificate that holds is well, and it is said for how long', async () => {
  expect(await tlsAt(authority.issues(valid))).toEqual({
    about: 'tls',
    state: 'ok',
    says: 'the certificate of localhost holds for another 60 days',
  })
})

test('[K8, G21] one that ends soon is worth a look', async () => {
  const found = await tlsAt(authority.issues({ ...valid, until: daysFromNow(5.5) }))
  expect(found).toMatchObject({ state: 'warning', says: 'The certificate of localhost ends in 5 days' })
  expect(found?.remedy).toContain('Renew')
})

test('[K8, G21] one that has ended is failing', async () => {
  const found = await tlsAt(authority.issues({ ...valid, until: daysFromNow(-2.5) }))
  expect(found).toMatchObject({ state: 'failing', says: 'The certificate of localhost ended 2 days ago' })
  expect(found?.remedy).toContain('Renew')
})

test('[K8, G21] one that ended some minutes ago has ended too', async () => {
  const found = await tlsAt(authority.issues({ ...valid, until: daysFromNow(-0.01) }))
  expect(found).toMatchObject({ state: 'failing', says: 'The certificate of localhost ended less than a day ago' })
})

test('[K8, G21] one that does not hold yet is failing, and the clock may be why', async () => {
  const from = daysFromNow(2.5)
  const found = await tlsAt(authority.issues({ ...valid, from }))
  expect(found?.state).toBe('failing')
  expect(found?.says).toMatch(new RegExp(`localhost holds only from \\w+ +${from.getUTCDate()} `))
  expect(found?.remedy).toContain('clock')
})

test('[K8, G21] one for another name is failing, and both names are said', async () => {
  const found = await tlsAt(authority.issues({ ...valid, names: ['chat.example.org', 'example.org'] }))
  expect(found?.state).toBe('failing')
  expect(found?.says).toMatch(/localhost is for other names \(DNS:chat\.example\.org/)
  expect(found?.remedy).toContain('for this very name')
})

test('[K8, G21] one for all names of a domain holds for them', async () => {
  const found = await tlsAt(authority.issues({ ...valid, names: ['*.example.org', 'LOCALHOST'] }))
  expect(found).toMatchObject({ state: 'ok' })
})

test('[K8, G21] an address in numbers needs a certificate for these numbers', async () => {
  const host = '127.0.0.1'
  expect(await tlsAt(authority.issues({ ...valid, names: [host] }), { host })).toMatchObject({ state: 'ok' })
  const found = await tlsAt(authority.issues(valid), { host })
  expect(found).toMatchObject({ state: 'failing', says: expect.stringContaining('other names (DNS:localhost)') })
})

test('[K8, G21] one that nobody vouches for is failing, and so is one of an authority that nobody knows', async () => {
  for (const found of [
    await tlsAt(authority.issues(valid), { trusted: [] }),
    await tlsAt(new Authority('Another authority').issues(valid)),
  ]) {
    expect(found).toMatchObject({ state: 'failing', says: expect.stringContaining('refuse the certificate') })
    expect(found?.remedy).toContain('fullchain.pem')
  }
})

test('[K8, G21] without its middle part the chain ends nowhere', async () => {
  const middle = authority.vouchesFor('Middle authority')
  const leaf = middle.issues(valid)
  expect(await tlsAt(leaf)).toMatchObject({ state: 'failing', remedy: expect.stringContaining('fullchain.pem') })
  expect(await tlsAt({ ...leaf, cert: leaf.cert + middle.cert })).toMatchObject({ state: 'ok' })
})

test('[K8, G21] where no TLS is spoken, that is said', async () => {
  const server = createServer((_, answer) => answer.end('plain'))
  const port = await listens(server)
  try {
    const [found] = await examineTls(new URL(`https://localhost:${port}`))
    expect(found).toMatchObject({ state: 'failing', says: expect.stringMatching(/^No TLS at localhost:\d+ /) })
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
