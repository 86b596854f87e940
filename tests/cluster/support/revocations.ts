import { CLOSE_CODES, newId, type UserId } from '@parley/protocol'
import { SeededRandom } from '../../support/seeded-random.ts'
import type { Cluster } from './cluster.ts'
import { ask, type Caller, Device, does, enquire, entersAt } from './device.ts'

export interface RevocationsResult {
  readonly seed: number
  readonly trials: number
  /** From the moment that it was asked until the slowest socket on any instance was closed. */
  readonly stoppedMs: { readonly median: number; readonly most: number }
  readonly problems: readonly string[]
}

/** Somebody loses a session, an account or a role at one instance; how long until every other one knows. */
export async function revoke(
  cluster: Cluster,
  owner: Caller,
  { seed, trials, lanes }: { seed: number; trials: number; lanes: number },
): Promise<RevocationsResult> {
  const random = new SeededRandom(seed)
  const problems: string[] = []
  const stoppedMs: number[] = []
  let next = 0
  const lane = async () => {
    while (next < trials) {
      const number = next++
      const way = WAYS[number % WAYS.length] ?? loseSession
      try {
        stoppedMs.push(await way({ cluster, owner, random, name: `${seed} ${number}` }))
      } catch (error) {
        problems.push(`${way.name} ${number}: ${error instanceof Error ? error.message : error}`)
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  stoppedMs.sort((a, b) => a - b)
  const most = Math.round(stoppedMs.at(-1) ?? 0)
  return { seed, trials, stoppedMs: { median: Math.round(stoppedMs[stoppedMs.length >> 1] ?? 0), most }, problems }
}

interface Trial {
  readonly cluster: Cluster
  readonly owner: Caller
  readonly random: SeededRandom
  readonly name: string
}

/** The set-up link makes somebody with an account the owner. Any instance's: of those that one of them printed. */
export async function becomeOwner({ instances, url }: Cluster): Promise<Caller> {
  const registering = { handle: 'the-owner', name: 'The Owner', password: PASSWORD }
  const { user, token } = await does(url, undefined, { name: 'register', input: registering })
  if (token === undefined) throw new Error('No token came with the account.')
  for (const { server } of instances) {
    const link = /\/set-up#([\w-]+)/.exec(server.output)?.[1]
    if (link === undefined) continue
    const answer = await ask(url, { token }, { name: 'become-owner', input: { token: link } })
    if ('output' in answer) return { user, token }
  }
  throw new Error('No set-up link counted.')
}

const PASSWORD = 'violet tram over water'

async function loseSession({ cluster, random, name }: Trial): Promise<number> {
  const secret = crypto.randomUUID()
  const id = newId()
  const there = await entersAt(random.pick(cluster.instances).url, `away ${name}`, secret, id)
  const here = await entersAt(random.pick(cluster.instances).url, `away ${name}`, secret, id)
  const devices = await devicesOf(cluster, there)
  const at = performance.now()
  await does(random.pick(cluster.instances).url, here, { name: 'end-other-sessions', input: {} })
  const ms = await allEnd(devices, at)
  const answer = await enquire(random.pick(cluster.instances).url, there, 'list-my-rooms', {})
  if (!('code' in answer)) throw new Error('An ended session was answered.')
  return ms
}

async function isSignedOut({ cluster, owner, random, name }: Trial): Promise<number> {
  const caller = await entersAt(random.pick(cluster.instances).url, `out ${name}`)
  const devices = await devicesOf(cluster, caller)
  const at = performance.now()
  await does(random.pick(cluster.instances).url, owner, { name: 'sign-out-person', input: { userId: caller.user.id } })
  return allEnd(devices, at)
}

async function isDisabled({ cluster, owner, random, name }: Trial): Promise<number> {
  const caller = await entersAt(random.pick(cluster.instances).url, `off ${name}`)
  const devices = await devicesOf(cluster, caller)
  const at = performance.now()
  await does(random.pick(cluster.instances).url, owner, { name: 'disable-person', input: { userId: caller.user.id } })
  return allEnd(devices, at)
}

/** An administrator is one no longer: what was open with the higher role is closed. */
async function loseRole({ cluster, owner, random, name }: Trial): Promise<number> {
  const handle = `admin-${name.replace(/\W/g, '-')}`
  const registering = { handle, name: `Admin ${name}`, password: PASSWORD }
  const { user, token = '' } = await does(random.pick(cluster.instances).url, undefined, {
    name: 'register',
    input: registering,
  })
  await setRole({ cluster, owner, random }, user.id, 'administrator')
  const devices = await devicesOf(cluster, { token })
  const at = performance.now()
  await setRole({ cluster, owner, random }, user.id, 'member')
  return allEnd(devices, at)
}

const WAYS = [loseSession, isSignedOut, isDisabled, loseRole]

async function setRole(
  { cluster, owner, random }: Omit<Trial, 'name'>,
  userId: UserId,
  role: 'administrator' | 'member',
): Promise<void> {
  await does(random.pick(cluster.instances).url, owner, { name: 'set-person-role', input: { userId, role } })
}

function devicesOf({ instances }: Cluster, caller: Pick<Caller, 'token'>): Promise<Device[]> {
  return Promise.all(instances.map(({ url }) => Device.connects(url, caller)))
}

async function allEnd(devices: readonly Device[], since: number): Promise<number> {
  const late = new Promise<never>((_, reject) =>
    setTimeout(() => reject(new Error(`Sockets were open ${LONGEST_MS} ms after it.`)), LONGEST_MS).unref(),
  )
  const ends = await Promise.race([Promise.all(devices.map(({ ended }) => ended)), late])
  const wrong = ends.find(({ code }) => code !== CLOSE_CODES['session-ended'].code)
  if (wrong) throw new Error(`A socket was closed with ${wrong.code}.`)
  return Math.max(...ends.map(({ at }) => at)) - since
}

const LONGEST_MS = 20_000
