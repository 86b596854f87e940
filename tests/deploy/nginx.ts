import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { programPath } from '../../scripts/services/programs.ts'
import { freePort } from './free-port.ts'

export interface Nginx {
  readonly url: string
  stop(): Promise<void>
}

const config = fileURLToPath(new URL('../../deploy/nginx.conf', import.meta.url))

/** Nginx with deploy/nginx.conf itself, in front of these two ports; only addresses and places of files are replaced. */
export async function startNginx([first, second]: readonly [number, number]): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), `parley-nginx-${process.pid}-`))
  const port = freePort()
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  )
  const text = replaced(readFileSync(config, 'utf8'), [
    ['server parley-1:8000', `server 127.0.0.1:${first}`],
    ['server parley-2:8000', `server 127.0.0.1:${second}`],
    ['listen 80 default_server;', `listen 127.0.0.1:${port} default_server;`],
    ['listen [::]:80 default_server;', ''],
    ['http {', `http {\n${places.join('\n')}`],
    ['worker_processes auto;', 'worker_processes 2;'],
    ['worker_rlimit_nofile 65536;', ''],
    ['worker_connections 32768;', 'worker_connections 1024;'],
  ])
  writeFileSync(join(folder, 'nginx.conf'), text)
  const where = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr']
  const process_ = Bun.spawn([programPath('nginx'), ...where, '-g', `pid ${folder}/pid; daemon off;`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said = new Response(process_.stderr).text()
  const killNow = () => void process_.kill('SIGTERM')
  process.once('exit', killNow)
  const url = `http://127.0.0.1:${port}`
  while (!(await fetch(`${url}/metrics`).catch(() => undefined))) {
    if (process_.exitCode !== null) throw new Error(`Nginx did not start:\n${await said}`)
    await Bun.sleep(10)
  }
  return {
    url,
    async stop() {
      process.off('exit', killNow)
      process_.kill('SIGTERM')
      await process_.exited
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function replaced(text: string, pairs: readonly (readonly [string, string])[]): string {
  return pairs.reduce((before, [from, to]) => {
    // Comments hold the same words for TLS; what counts stands first.
    if (!before.includes(from)) throw new Error(`deploy/nginx.conf has no "${from}".`)
    return before.replace(from, to)
  }, text)
}
