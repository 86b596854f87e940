import type { SeededRandom } from '../../support/seeded-random.ts'
import type { Cluster, Instance, Line } from './cluster.ts'

/** The moment of a fault is a time by its nature; nothing is waited for here. */
export function passes(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** A third of the faults hit the rush of those who come back, the others the middle of the work. */
export function momentOf(random: SeededRandom): number {
  return random.chance(0.33) ? random.between(0, 300) : random.between(300, 1_500)
}

/** `kill -9` of one instance; the others serve on while it starts again. */
export async function killInstance({ instances }: Cluster, random: SeededRandom): Promise<void> {
  const { server } = random.pick(instances)
  await passes(momentOf(random))
  await server.kill9()
  await server.restart()
}

export async function killPostgres({ postgres }: Cluster, random: SeededRandom): Promise<void> {
  await passes(momentOf(random))
  await postgres.kill9()
  await passes(random.between(0, 500))
  await postgres.restart()
}

export async function killRedis({ redis }: Cluster, random: SeededRandom, downMs = 3_000): Promise<void> {
  await passes(momentOf(random))
  await redis.kill9()
  await passes(random.between(0, downMs))
  await redis.restart()
}

/** Every instance once, gently, one after another, as an upgrade does. */
export async function rollingRestart({ instances }: Cluster): Promise<void> {
  for (const { server } of instances) {
    const { code } = await server.terminate()
    if (code !== 0) throw new Error(`An instance did not stop gently: exit ${code}.\n${server.output.slice(-2_000)}`)
    await server.start()
  }
}

/** How a line may fail: silently, silently for good, or loudly. */
const PARTITIONS = ['frozen', 'swallowed', 'refused'] as const
export type Partition = (typeof PARTITIONS)[number]

const LINES = ['toDatabase', 'toRedis', 'fromNginx'] as const satisfies readonly (keyof Instance)[]
export type LineName = (typeof LINES)[number]

/** One instance loses one of its lines for a while. Says which, for the record. */
export async function partition(
  { instances }: Cluster,
  random: SeededRandom,
  { lines = LINES, forMs }: { lines?: readonly LineName[]; forMs: number },
): Promise<string> {
  const instance = random.pick(instances)
  const line = random.pick(lines)
  const how = random.pick(PARTITIONS)
  await passes(momentOf(random))
  breakLine(instance[line], how)
  await passes(forMs)
  healLine(instance[line])
  return `${instance.name} ${line} ${how} for ${forMs} ms`
}

export function breakLine(line: Line, how: Partition): void {
  switch (how) {
    case 'frozen':
      line.pause()
      break
    case 'swallowed':
      line.blackhole()
      break
    case 'refused':
      line.faults.refuses = true
      line.cut()
      break
  }
}

export function healLine(line: Line): void {
  line.faults.refuses = false
  line.heal()
  line.resume()
}

/** A process that stands still and then goes on as if nothing had been: a virtual machine that is moved, a full swap. */
export async function pauseInstance({ instances }: Cluster, random: SeededRandom, forMs: number): Promise<void> {
  const { server } = random.pick(instances)
  await passes(momentOf(random))
  server.pause()
  await passes(forMs)
  server.resume()
}

/** An instance, its line to PostgreSQL, or PostgreSQL itself stands still for up to two and a half seconds. */
export async function stallSomething({ instances, postgres }: Cluster, random: SeededRandom): Promise<void> {
  const { server, toDatabase } = random.pick(instances)
  const [stop, goOn] = random.pick([
    [() => server.pause(), () => server.resume()],
    [() => toDatabase.pause(), () => toDatabase.resume()],
    [() => postgres.pause(), () => postgres.resume()],
  ] as const)
  await passes(random.between(0, 1_000))
  stop()
  await passes(random.between(50, 2_500))
  goOn()
}

/** Again and again, until `work` is over. Says how often. */
export async function disturbUntil(work: Promise<unknown>, disturb: () => Promise<void>): Promise<number> {
  let isOver = false
  const over = () => {
    isOver = true
  }
  work.then(over, over)
  let count = 0
  for (; !isOver; count++) await disturb()
  return count
}
