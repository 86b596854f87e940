// Runs a built image once, as a stranger would meet it: it gets ready, lets a guest in, serves its page, and stops.
// `node scripts/smoke-image.mjs docker <image>`, or `… buildah <image> --storage <folder>` where no engine runs, or
// `… binary <path>` for the single binary, in an empty folder.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const [engine, image, , storage] = process.argv.slice(2)
const startLimitMs = 30_000
const stopLimitMs = 10_000

const starts = { docker: startInDocker, buildah: startInBuildah, binary: startBinary }
const container = await starts[engine]()
try {
  const readyMs = await ready(container.url)
  console.log(`ok   ready after ${readyMs} ms`)
  await letsGuestIn(container.url)
  console.log('ok   a guest is let in')
  await servesPage(container.url)
  console.log('ok   the page and its script are served, compressed')
  await container.isHealthy()
  console.log('ok   the health check says so too')
  const { code, tookMs } = await container.stop()
  if (code !== 0 || tookMs > stopLimitMs) throw new Error(`SIGTERM: exit ${code} after ${tookMs} ms`)
  console.log(`ok   SIGTERM ends it in ${tookMs} ms`)
} catch (error) {
  console.error(`FAIL ${error.message}\n${container.log()}`)
  process.exitCode = 1
} finally {
  container.remove()
}

async function ready(url) {
  const startedAt = Date.now()
  while (Date.now() - startedAt < startLimitMs) {
    const response = await fetch(`${url}/readyz`).catch(() => undefined) // Not listening yet.
    if (response?.ok) return Date.now() - startedAt
    await delay(50)
  }
  throw new Error(`not ready after ${startLimitMs} ms`)
}

async function letsGuestIn(url) {
  const response = await fetch(`${url}/api/commands/enter`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Smoke', secret: 'a-secret-of-the-smoke-run' }),
  })
  const text = await response.text()
  if (!response.ok || !text.includes('"token"')) throw new Error(`enter answered ${response.status}: ${text}`)
}

async function servesPage(url) {
  const page = await fetch(url)
  const script = /<script[^>]+type="module"[^>]+src="([^"]+)"/.exec(await page.text())?.[1]
  if (!page.ok || !script) throw new Error(`the page answered ${page.status} and names no script`)
  const asset = await fetch(new URL(script, url), { headers: { 'accept-encoding': 'br' } })
  const encoding = asset.headers.get('content-encoding')
  if (!asset.ok || encoding !== 'br') throw new Error(`${script} answered ${asset.status}, encoding ${encoding}`)
}

async function startInDocker() {
  const docker = (...args) => execFileSync('docker', args, { encoding: 'utf8' }).trim()
  const hardened = ['--read-only', '--tmpfs', '/tmp', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges']
  const id = docker('run', '--detach', '--publish', '127.0.0.1::8000', ...hardened, image)
  const health = () => docker('inspect', '--format', '{{.State.Health.Status}}', id)
  return {
    url: `http://${docker('port', id, '8000').split('\n')[0]}`,
    isHealthy: async () => {
      for (let waited = 0; health() !== 'healthy'; waited += 500) {
        if (waited > startLimitMs) throw new Error(`the health check says ${health()}`)
        await delay(500)
      }
    },
    stop: async () => {
      const startedAt = Date.now()
      docker('stop', '--time', '20', id)
      return { code: Number(docker('inspect', '--format', '{{.State.ExitCode}}', id)), tookMs: Date.now() - startedAt }
    },
    log: () => docker('logs', id),
    remove: () => docker('rm', '--force', '--volumes', id),
  }
}

async function startInBuildah() {
  const base = ['--storage-driver', 'vfs', '--root', `${storage}/root`, '--runroot', `${storage}/run`]
  const buildah = (...args) => execFileSync('buildah', [...base, ...args], { encoding: 'utf8' }).trim()
  const id = buildah('from', '--pull-never', image)
  const config = JSON.parse(buildah('inspect', id)).Docker.config
  const port = await freePort()
  const inside = ['run', '--isolation', 'chroot', '--env', `PARLEY_PORT=${port}`, id, '--']
  const server = spawn('buildah', [...base, ...inside, ...config.Entrypoint], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = []
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => output.push(chunk))
  const ended = once(server, 'exit')
  return {
    url: `http://127.0.0.1:${port}`,
    isHealthy: async () => buildah(...inside, ...config.Healthcheck.Test.slice(1)),
    stop: async () => {
      const startedAt = Date.now()
      process.kill(processWith(`PARLEY_PORT=${port}`), 'SIGTERM')
      const [code] = await ended
      return { code, tookMs: Date.now() - startedAt }
    },
    log: () => Buffer.concat(output).toString(),
    remove: () => {
      const pid = processWith(`PARLEY_PORT=${port}`)
      if (pid) process.kill(pid, 'SIGKILL')
      buildah('rm', id)
    },
  }
}

async function startBinary() {
  const folder = mkdtempSync(join(tmpdir(), 'parley-smoke-'))
  const port = await freePort()
  const server = spawn(resolve(image), { cwd: folder, env: { PARLEY_PORT: String(port) } })
  const output = []
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (chunk) => output.push(chunk))
  const ended = once(server, 'exit')
  return {
    url: `http://127.0.0.1:${port}`,
    isHealthy: async () => undefined, // A service manager asks /readyz, as we did.
    stop: async () => {
      const startedAt = Date.now()
      server.kill('SIGTERM')
      const [code] = await ended
      return { code, tookMs: Date.now() - startedAt }
    },
    log: () => Buffer.concat(output).toString(),
    remove: () => {
      server.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The runtime inside a chroot is an ordinary process of this machine; its environment tells it from others. */
function processWith(variable) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      try {
        const isBun = readlinkSync(`/proc/${pid}/exe`).endsWith('/usr/local/bin/bun')
        return isBun && readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable)
      } catch {
        return false // A process of the kernel, or one that ended while we looked.
      }
    })
}

async function freePort() {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address()
  server.close()
  return port
}
