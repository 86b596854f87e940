import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { programPath } from './programs.ts'
import { dieWithParent, ownFolder, type Service, startService } from './service.ts'

/** An Nginx of one's own on a free loopback port, in front of the given ports. */
export type Nginx = Service & {
  readonly url: string
  readonly port: number
}

type NginxOptions = {
  /** A whole configuration with one `upstream`, such as deploy/nginx.conf; only its addresses are replaced. */
  readonly configuration: string
  /** On loopback, or `address:port`. */
  readonly upstreamPorts: readonly (number | string)[]
}

const startLimitMs = 10_000

export async function startNginx({ configuration, upstreamPorts }: NginxOptions): Promise<Nginx> {
  const program = programPath('nginx')
  const folder = ownFolder('nginx')
  chmodSync(folder, 0o711) // Started as root, its workers are somebody else.
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const places = { ports: [port, await freePort()], upstreamPorts } as const
  writeFileSync(join(folder, 'nginx.conf'), withAddresses(readFileSync(configuration, 'utf8'), places))
  const words = ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', 'daemon off; pid pid;']
  const service = await startService({
    name: 'Nginx',
    folder,
    // TERM, because the workers outlive a master that is killed.
    command: [...dieWithParent('TERM'), program, ...words],
    gently: 'SIGTERM',
    startLimitMs,
    isReady: () => answers(url),
  })
  return { ...service, url, port }
}

/** The configuration as it is, but for where it listens, whom it asks, and where its files lie. Errors: it has no such places. */
function withAddresses(
  text: string,
  { ports, upstreamPorts }: { ports: readonly [number, number]; upstreamPorts: readonly (number | string)[] },
): string {
  const servers = [...text.matchAll(/^ +server [a-z0-9.-]+:\d+( .*)?;\n/gm)]
  const [first] = servers
  if (!first) throw new Error('The configuration names no instances.')
  const kinds = [...new Set(servers.map(([, more]) => more ?? ''))]
  const places = upstreamPorts.map((port) => (typeof port === 'number' ? `127.0.0.1:${port}` : port))
  const own = kinds.flatMap((more) => places.map((place) => `    server ${place}${more};\n`)).join('')
  const among = servers.reduce((rest, [line], index) => rest.replace(line, index === 0 ? own : ''), text)
  const listening = among
    .replace(/listen 80 /, `listen 127.0.0.1:${ports[0]} `)
    .replace(/listen \[::\]:80 /, `listen 127.0.0.1:${ports[1]} `)
  if (listening === among) throw new Error('The configuration does not say where to listen.')
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `  ${name}_temp_path ${name};\n`)
  return listening.replace(/^http \{\n/m, (line) => line + paths.join(''))
}

/** Nginx itself: the instances may come later. */
async function answers(url: string): Promise<boolean> {
  const response = await fetch(`${url}/metrics`)
  await response.body?.cancel()
  return true
}
