// The arithmetic of docs/scaling.md: what so and so many people need, from assumptions about them and from what a post, a delivery
// and a connection were measured to cost. Nothing is run; every figure can be changed here and printed anew.

/** What people do. Assumptions, on the busy side. */
const PEOPLE = {
  onlineAtPeak: 0.2,
  postsADay: 20,
  peakOverMean: 3,
  peoplePerRoom: 5,
  /** Nobody reads faster: a room where more would be said has slow mode, or is no conversation. */
  mostPostsPerRoomAndSecond: 1,
  inLobby: 0.05,
  lobbyFramesPerSecond: 4,
  heartbeatsPerSecond: 0.1,
} as const

/** What it costs. Measured (docs/performance.md) unless it says "assumed". */
const COSTS = {
  /** A post alone in its batch, on SQLite; 40 µs in a full one. */
  postCpu: 430e-6,
  /** In a quiet room: one write for each connection. 0.15 µs when a busy turn carries many posts. */
  deliveryCpu: 7.0e-6,
  deliveryBytes: 445,
  /** Soak: (190 MB − 65 MB) / 5,000 sockets with traffic. */
  connectionBytes: 25e3,
  idleProcessBytes: 65e6,
  /** 800,000 posts made the database grow from 70 to 597 MB. */
  storedBytes: 660,
  /** Assumed: PostgreSQL's rows, index and page overhead over SQLite's. */
  postgresOverSqlite: 2,
  /** Assumed: an indexed, synced transaction of one post in PostgreSQL; batches of a busy room share it. */
  postgresPostCpu: 400e-6,
  postgresPostsPerPrimary: 5_000,
  /** Assumed: messages in and out of one Redis process. */
  redisMessagesPerProcess: 100_000,
  redisMessageBytes: 600,
  /** Files open at once and the time of a mass reconnect bound a process before memory does. */
  socketsPerProcess: 15_000,
  databaseConnectionsPerProcess: 12,
  /** How full a core may be at peak. */
  busyCore: 0.6,
} as const

export function scaling(): void {
  const columns = [1e4, 1e5, 1e6, 1e7, 1e8].map(needsOf)
  const names = Object.keys(columns[0] ?? {})
  const rows = names.map((name) => [name, ...columns.map((column) => column[name] ?? '')])
  const [header = [], ...body] = rows
  for (const row of [header, header.map((_, index) => (index === 0 ? '---' : '---:')), ...body]) {
    console.log(`| ${row.join(' | ')} |`)
  }
}

function needsOf(users: number): Record<string, string> {
  const connections = users * PEOPLE.onlineAtPeak
  const wishedPosts = (users * PEOPLE.postsADay * PEOPLE.peakOverMean) / 86_400
  const rooms = roomsOf({ count: users / PEOPLE.peoplePerRoom, connections, postsPerPerson: wishedPosts / connections })
  const writes =
    rooms.deliveries +
    connections * PEOPLE.heartbeatsPerSecond +
    connections * PEOPLE.inLobby * PEOPLE.lobbyFramesPerSecond
  const cores = (rooms.posts * COSTS.postCpu + writes * COSTS.deliveryCpu) / COSTS.busyCore
  const instances = Math.max(1, Math.ceil(Math.max(cores, connections / COSTS.socketsPerProcess)))
  const redisMessages = instances === 1 ? 0 : rooms.posts + rooms.told(instances)
  const primaries = Math.ceil(rooms.posts / COSTS.postgresPostsPerPrimary)
  const postsPerYear = users * PEOPLE.postsADay * 365 * (rooms.posts / wishedPosts)
  const storedPerYear = postsPerYear * COSTS.storedBytes * (instances === 1 ? 1 : COSTS.postgresOverSqlite)
  return {
    users: count(users),
    'connections at peak': count(connections),
    'largest room, occupants': count(rooms.largest),
    'posts/s at peak': count(rooms.posts),
    'deliveries/s': count(rooms.deliveries),
    'socket writes/s, all': count(writes),
    'bytes/s to people': bytes(rooms.deliveries * COSTS.deliveryBytes),
    'cores for instances': cores < 10 ? String(Number(cores.toPrecision(1))) : count(cores),
    instances: count(instances),
    'memory of instances': bytes(instances * COSTS.idleProcessBytes + connections * COSTS.connectionBytes),
    'PostgreSQL cores':
      instances === 1 ? '–' : count(Math.ceil((rooms.posts * COSTS.postgresPostCpu) / COSTS.busyCore)),
    'PostgreSQL primaries (shards)': instances === 1 ? '–' : count(primaries),
    'database connections': instances === 1 ? '–' : count(instances * COSTS.databaseConnectionsPerProcess),
    'stored a year': bytes(storedPerYear),
    'Redis messages/s, in and out': instances === 1 ? '–' : count(redisMessages),
    'Redis bytes/s': instances === 1 ? '–' : bytes(redisMessages * COSTS.redisMessageBytes),
    'Redis processes': instances === 1 ? '–' : count(Math.ceil(redisMessages / COSTS.redisMessagesPerProcess)),
  }
}

/** Rooms by Zipf: the second is half as large as the first, the third a third. Whoever is in one says as much as anybody. */
function roomsOf(given: { count: number; connections: number; postsPerPerson: number }) {
  let harmonic = 0
  for (let rank = 1; rank <= given.count; rank++) harmonic += 1 / rank
  const largest = given.connections / harmonic
  const postsIn = (occupants: number) => Math.min(occupants * given.postsPerPerson, PEOPLE.mostPostsPerRoomAndSecond)
  let posts = 0
  let deliveries = 0
  for (let rank = 1; rank <= given.count; rank++) {
    const occupants = largest / rank
    posts += postsIn(occupants)
    deliveries += postsIn(occupants) * Math.max(1, occupants)
  }
  /** Messages that leave Redis: to each instance that has somebody there, people being spread by chance. */
  const told = (instances: number) => {
    let messages = 0
    for (let rank = 1; rank <= given.count; rank++) {
      const occupants = Math.max(1, largest / rank)
      messages += postsIn(largest / rank) * instances * (1 - (1 - 1 / instances) ** occupants)
    }
    return messages
  }
  return { largest, posts, deliveries, told }
}

function count(value: number): string {
  const rounded = value < 100 ? Number(value.toPrecision(2)) : Math.round(value)
  if (rounded >= 1e6) return `${Number((value / 1e6).toPrecision(3))} M`
  return rounded >= 1e4 ? `${Number((value / 1e3).toPrecision(3))} k` : rounded.toLocaleString('en')
}

function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB']
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3))
  return `${Number((value / 1000 ** power).toPrecision(2))} ${units[power]}`
}
