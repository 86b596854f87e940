// Runs the built image twice, as deploy/compose.scaled.yaml does: two instances behind deploy/nginx.conf, with a PostgreSQL and
// a Redis, and people at both who hear each other. Here by buildah, where no engine runs; as root.
// `bun scripts/smoke-scaled.ts <image> --storage <folder>`
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { freePort } from './services/free-port.ts'
import { startNginx } from './services/nginx.ts'
import { startPostgres } from './services/postgres.ts'
import { startRedis } from './services/redis.ts'

const [image = 'parley', , storage = ''] = process.argv.slice(2)
const base = ['buildah', '--storage-driver', 'vfs', '--root', `${storage}/root`, '--runroot', `${storage}/run`]
const readyWithinMs = 60_000

const postgres = await startPostgres()
const redis = await startRedis()
const database = await postgres.createDatabase('parley')
const instances = [startInstance(await freePort()), startInstance(await freePort())]
try {
  for (const instance of instances) await instance.ready()
  console.log('ok   two instances of the image are ready on one database')
  const configuration = fileURLToPath(new URL('../deploy/nginx.conf', import.meta.url))
  const nginx = await startNginx({ configuration, upstreamPorts: instances.map(({ port }) => port) })
  const [first, second] = instances.map(({ port }) => `http://127.0.0.1:${port}`)
  const ann = await ask(nginx.url, 'enter', { name: 'Ann', secret: 'a-secret-of-the-smoke-run' })
  const bob = await ask(nginx.url, 'enter', { name: 'Bob', secret: 'a-secret-of-the-smoke-run' })
  const { roomId } = await ask(`${first}`, 'create-room', { name: 'Two of us' }, ann.token)
  await ask(`${second}`, 'enter-room', { roomId }, bob.token)
  const heard = hears(`${second}`, bob.token, roomId)
  await heard.listening
  const startedAt = performance.now()
  await ask(`${first}`, 'post-message', { roomId, body: 'Over there?' }, ann.token)
  await heard.message
  console.log(`ok   what is said at one is heard at the other after ${Math.round(performance.now() - startedAt)} ms`)
  const [one, other] = instances
  const tookMs = (await one?.stop()) ?? 0
  if (tookMs > 10_000) throw new Error(`SIGTERM took ${tookMs} ms`)
  for (let asked = 0; asked < 10; asked++) await ask(nginx.url, 'list-my-rooms', {}, ann.token, 'queries')
  console.log(`ok   one stops in ${Math.round(tookMs)} ms, and Nginx asks the other`)
  await nginx.stop()
  await other?.stop()
} catch (error) {
  for (const instance of instances) console.error(instance.log())
  throw error
} finally {
  for (const instance of instances) instance.remove()
  await redis.stop()
  await postgres.stop()
}
process.exit(0)

function startInstance(port: number) {
  const buildah = (...args: string[]) => {
    const { exitCode, stdout, stderr } = Bun.spawnSync([...base, ...args])
    if (exitCode !== 0) throw new Error(`buildah ${args.join(' ')}: ${stderr}`)
    return stdout.toString().trim()
  }
  const id = buildah('from', '--pull-never', image)
  const settings = [`PARLEY_PORT=${port}`, `PARLEY_DATABASE_URL=${database}`, `PARLEY_REDIS_URL=${redis.url}`]
  const inside = ['run', '--isolation', 'chroot', ...settings.flatMap((one) => ['--env', one]), id, '--', 'parley']
  const child = Bun.spawn([...base, ...inside], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    void (async () => {
      for await (const chunk of stream) log += new TextDecoder().decode(chunk)
    })()
  }
  return {
    port,
    log: () => log,
    async ready() {
      const deadline = Date.now() + readyWithinMs
      while (!(await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok) {
        if (child.exitCode !== null || Date.now() > deadline) throw new Error('An instance did not get ready.')
        await Bun.sleep(50)
      }
    },
    async stop() {
      const startedAt = performance.now()
      const pid = processWith(`PARLEY_PORT=${port}`)
      if (pid !== undefined) process.kill(pid, 'SIGTERM')
      if ((await child.exited) !== 0) throw new Error(`An instance ended with ${child.exitCode}.`)
      return performance.now() - startedAt
    },
    remove() {
      const pid = processWith(`PARLEY_PORT=${port}`)
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
      buildah('rm', id)
    },
  }
}

/** The runtime inside a chroot is an ordinary process of this machine; its environment tells it from others. */
function processWith(variable: string): number | undefined {
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

/** A socket that has the room open; `message` is settled by the first one that is posted there. */
function hears(url: string, token: string, roomId: string) {
  const options = { headers: { Authorization: `Bearer ${token}` } }
  // as: Bun's WebSocket takes headers, the browser's type does not know of them
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket`, options as unknown as string[])
  const listening = Promise.withResolvers<void>()
  const message = Promise.withResolvers<void>()
  socket.onopen = () => socket.send('{"type":"hello","protocol":1}')
  socket.onmessage = ({ data }) => {
    const frame: { type: string; events?: { type: string }[] } = JSON.parse(String(data))
    if (frame.type === 'welcome') socket.send(JSON.stringify({ type: 'open', place: { kind: 'room', roomId } }))
    if (frame.type === 'opened') listening.resolve()
    if (frame.events?.some(({ type }) => type === 'message-posted')) message.resolve()
  }
  return { listening: listening.promise, message: message.promise }
}

// biome-ignore lint/suspicious/noExplicitAny: answers of several commands, looked into by this script only
async function ask(url: string, name: string, input: object, token?: string, kind = 'commands'): Promise<any> {
  const response = await fetch(`${url}/api/${kind}/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(input),
  })
  if (!response.ok) throw new Error(`${name} answered ${response.status}: ${await response.text()}`)
  return response.json()
}
