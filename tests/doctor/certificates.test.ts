import { afterAll, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import type { Finding } from '../../apps/server/src/doctor/doctor.ts'
import { Authority, type CertificateAsk, daysFromNow } from '../support/certificates.ts'
import { parley } from '../support/command-line.ts'
import { startServer, stopServers } from '../support/harness.ts'

afterAll(stopServers)

const authority = new Authority('Authority of a household')

/** What the doctor says of a server behind a proxy that shows this certificate, on a machine that knows the authority. */
async function examined(ask: CertificateAsk): Promise<{ code: number | null; states: Map<string, string> }> {
  let inner = 0
  const proxy = createServer(authority.issues(ask), (socket) => {
    const onward = connect(inner, '127.0.0.1')
    socket.on('error', () => onward.destroy())
    onward.on('error', () => socket.destroy())
    socket.pipe(onward).pipe(socket)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const address = proxy.address()
  const url = `https://localhost:${typeof address === 'object' ? address?.port : 0}`
  try {
    await using server = await startServer({ env: { PARLEY_URL: url } })
    inner = server.port
    const known = join(server.dataFolder, 'authority.pem')
    writeFileSync(known, authority.cert)
    const words = ['doctor', '--json', '--url', url, '--no-guest']
    const { code, output } = await parley(server, words, { NODE_EXTRA_CA_CERTS: known }).ended
    const { findings }: { findings: Finding[] } = JSON.parse(output)
    return { code, states: new Map(findings.map(({ about, state }) => [about, state])) }
  } finally {
    proxy.close()
  }
}

test('[K8, G21] behind a proxy with a certificate, also of an authority of one’s own, all is well', async () => {
  const { code, states } = await examined({ names: ['localhost'], from: daysFromNow(-1), until: daysFromNow(90) })
  expect([...states].filter(([, state]) => state === 'failing')).toEqual([])
  for (const about of ['tls', 'address', 'headers', 'caching', 'websocket']) expect(states.get(about)).toBe('ok')
  expect(code).toBe(0)
}, 60_000)

test('[K8, G21] one that has ended is failing, and what lies behind it is looked at all the same', async () => {
  const { code, states } = await examined({ names: ['localhost'], from: daysFromNow(-90), until: daysFromNow(-1) })
  expect([...states].filter(([, state]) => state === 'failing')).toEqual([['tls', 'failing']])
  for (const about of ['address', 'headers', 'websocket']) expect(states.get(about)).toBe('ok')
  expect(code).toBe(5)
}, 60_000)
