import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { startCluster } from './cluster.ts'
import { does, entersAt } from './device.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

test('three instances are one server, each line between the parts can be cut, and stopping leaves nothing behind', async () => {
  const cluster = await startCluster()
  const processes = descendantsOf(process.pid)
  try {
    expect(processes.length).toBeGreaterThan(5)
    const [first, second, third] = cluster.instances
    if (!first || !second || !third) throw new Error('Three were asked for.')
    const ann = await entersAt(first.url, 'ann')
    const { roomId } = await does(second.url, ann, { name: 'create-room', input: { name: 'Everywhere' } })
    expect(await does(third.url, ann, { name: 'enter-room', input: { roomId } })).toMatchObject({ roomId })
    expect(await statusOf(`${cluster.url}/readyz`)).toBe(200)

    first.toDatabase.faults.refuses = true
    first.toDatabase.cut()
    expect(await statusOf(`${first.url}/readyz`)).toBe(503)
    expect(await statusOf(`${second.url}/readyz`)).toBe(200)
    first.toDatabase.faults.refuses = false
    expect(await statusOf(`${first.url}/readyz`)).toBe(200)

    // Nginx asks the next one when a line to an instance is cut.
    for (const { fromNginx } of [first, second]) {
      fromNginx.faults.refuses = true
      fromNginx.cut()
    }
    for (let turn = 0; turn < 6; turn++) expect(await statusOf(`${cluster.url}/healthz`)).toBe(200)
    cluster.front.faults.refuses = true
    expect(await statusOf(`${cluster.url}/healthz`)).toBe(0)
  } finally {
    await cluster.stop()
  }
  expect(processes.filter(isRunning).map(commandOf)).toEqual([])
  expect(leftBy(process.pid)).toEqual([])
}, 60_000)

test('a run that is killed leaves no process behind', async () => {
  const script = `
    const { startCluster } = await import('./tests/cluster/support/cluster.ts')
    await startCluster({ instances: 2 })
    console.log('started')
    await new Promise(() => {})`
  const run = Bun.spawn([process.execPath, '-e', script], { cwd: root, stdout: 'pipe', stderr: 'inherit' })
  for await (const text of run.stdout.pipeThrough(new TextDecoderStream())) if (text.includes('started')) break
  const processes = descendantsOf(run.pid)
  expect(processes.length).toBeGreaterThan(4)
  run.kill('SIGKILL')
  await run.exited
  const deadline = Date.now() + 10_000
  while (processes.some(isRunning) && Date.now() < deadline) await Bun.sleep(20)
  expect(processes.filter(isRunning)).toEqual([])
  // Its folders go with the next run's start.
  const next = `const { startCluster } = await import('./tests/cluster/support/cluster.ts')
    await (await startCluster({ instances: 1 })).stop()
    process.exit(0)`
  expect(await Bun.spawn([process.execPath, '-e', next], { cwd: root, stdout: 'inherit' }).exited).toBe(0)
  expect(leftBy(run.pid)).toEqual([])
}, 60_000)

async function statusOf(url: string): Promise<number> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(20_000), headers: { connection: 'close' } })
    await response.body?.cancel()
    return response.status
  } catch {
    return 0
  }
}

function leftBy(pid: number): string[] {
  const ours = new RegExp(`^parley-(server|postgres|redis|nginx)-${pid}-`)
  return readdirSync(tmpdir()).filter((name) => ours.test(name))
}

function descendantsOf(parent: number): number[] {
  const children = readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && statOf(pid)?.parent === parent)
  return children.flatMap((pid) => [pid, ...descendantsOf(pid)])
}

function isRunning(pid: number): boolean {
  const stat = statOf(pid)
  return stat !== undefined && stat.state !== 'Z'
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
}

function statOf(pid: number): { state: string; parent: number } | undefined {
  try {
    const [state = '', parent] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
    return { state, parent: Number(parent) }
  } catch {
    return undefined // It ended while we looked.
  }
}
