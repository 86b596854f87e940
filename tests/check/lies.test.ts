import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type ClientFrame, type CommandId, newId, type ServerFrame } from '@parley/protocol'
import type { Invariant } from '../../apps/cli/src/check/history-checker.ts'
import { type CheckReport, runCheck } from '../../apps/cli/src/check/run-check.ts'
import { startServer, stopServers, type TestServer } from '../support/harness.ts'
import { type Lie, startLyingProxy, type Told } from '../support/lying-proxy.ts'

// `parley check` against a server that lies. Each lie is told by a proxy in front of a real one, and has to be named.

let server: TestServer
beforeAll(async () => {
  server = await startServer({ database: 'sqlite' })
}, 60_000)
afterAll(stopServers)

const isReader = ({ name }: Told): boolean => name.endsWith('reader')
const isRoom = (frame: ServerFrame): frame is Extract<ServerFrame, { type: 'events' }> =>
  frame.type === 'events' && frame.stream.startsWith('room:')
const isPost = (frame: ClientFrame): frame is Extract<ClientFrame, { type: 'command' }> =>
  frame.type === 'command' && frame.name === 'post-message'

/** Makes new every so many times. */
function oneIn(count: number): () => boolean {
  let seen = 0
  return () => ++seen % count === 0
}

/** To people whose connection has caught up; while it does, what comes twice is no fault. */
function live(lies: (frame: Extract<ServerFrame, { type: 'events' }>, to: Told) => readonly ServerFrame[]): Lie {
  const current = new WeakSet<Told>()
  return {
    tells: (frame, to) => {
      if (frame.type === 'opened' && frame.place.kind === 'room') current.add(to)
      return isRoom(frame) && current.has(to) && !isReader(to) ? lies(frame, to) : [frame]
    },
    hears: (frame, from) => {
      if (frame.type === 'open') current.delete(from)
      return [frame]
    },
  }
}

const LIES: readonly { what: string; caught: Invariant; lie: () => Lie }[] = [
  {
    what: 'a post is acknowledged and thrown away',
    caught: 'I1',
    lie: () => {
      const isLost = oneIn(10)
      return {
        hears: (frame, from) => {
          if (!isPost(frame) || !isLost()) return [frame]
          from.say({ type: 'reply', id: frame.id, output: { messageId: newId(), number: 1, seq: 3 } })
          return []
        },
      }
    },
  },
  {
    what: 'a change is done twice',
    caught: 'I2',
    lie: () => ({
      hears: (frame) => {
        if (frame.type !== 'command') return [frame]
        const again = { ...frame, id: newId<CommandId>() }
        if (frame.name === 'edit-message') return [frame, again]
        // Of two equal reactions the second would change nothing.
        const undone = { ...frame, id: newId<CommandId>(), name: 'remove-reaction' } as const
        return frame.name === 'add-reaction' ? [frame, undone, again] : [frame]
      },
    }),
  },
  {
    what: 'the log has a hole',
    caught: 'I3',
    lie: () => ({
      tells: (frame, to) =>
        isRoom(frame) && isReader(to)
          ? [
              {
                ...frame,
                events: frame.events.map((event) => ({ ...event, seq: event.seq + (event.seq > 15 ? 1 : 0) })),
              },
            ]
          : [frame],
    }),
  },
  {
    what: 'another seq is acknowledged than is logged',
    caught: 'I4',
    lie: () => ({
      tells: (frame) =>
        frame.type === 'reply' && hasNumber(frame.output)
          ? [{ ...frame, output: { ...frame.output, seq: frame.output.seq + 1 } }]
          : [frame],
    }),
  },
  {
    what: 'one in fifteen deliveries is dropped',
    caught: 'I5',
    lie: () => {
      const isDropped = oneIn(15)
      return live((frame) => (isDropped() ? [] : [frame]))
    },
  },
  {
    what: 'deliveries come twice',
    caught: 'I5',
    lie: () => {
      const isDoubled = oneIn(15)
      return live((frame) => (isDoubled() ? [frame, frame] : [frame]))
    },
  },
  {
    what: 'two deliveries are swapped',
    caught: 'I5',
    lie: () => {
      const isHeld = oneIn(15)
      const held = new WeakMap<Told, ServerFrame>()
      return live((frame, to) => {
        const before = held.get(to)
        if (before) {
          held.delete(to)
          return [frame, before]
        }
        if (!isHeld()) return [frame]
        held.set(to, frame)
        return []
      })
    },
  },
  {
    what: 'a message arrives with another text',
    caught: 'I5',
    lie: () => ({
      tells: (frame, to) =>
        isRoom(frame) && !isReader(to)
          ? [
              {
                ...frame,
                events: frame.events.map((event) =>
                  event.type === 'message-posted' && event.posted
                    ? { ...event, posted: { ...event.posted, body: 'something else' } }
                    : event,
                ),
              },
            ]
          : [frame],
    }),
  },
  {
    what: 'the log is in another order than things happened in',
    caught: 'I6',
    lie: () => ({
      tells: (frame, to) => {
        if (!isRoom(frame) || !isReader(to)) return [frame]
        const posts = frame.events.filter((event) => event.type === 'message-posted')
        const [first, last] = [posts[0], posts.at(-1)]
        if (!first || !last) return [frame]
        const swapped = frame.events.map((event) => {
          if (event === first) return { ...last, seq: event.seq }
          return event === last ? { ...first, seq: event.seq } : event
        })
        return [{ ...frame, events: swapped }]
      },
    }),
  },
  {
    what: 'of two posts the later one is stored first',
    caught: 'I7',
    lie: () => {
      const held = new WeakMap<Told, ClientFrame>()
      return {
        hears: (frame, from) => {
          if (!isPost(frame)) return [frame]
          const before = held.get(from)
          held.delete(from)
          if (before) return [frame, before]
          held.set(from, frame)
          return []
        },
      }
    },
  },
  {
    what: 'a post is refused and stored all the same',
    caught: 'I8',
    lie: () => {
      const isRefused = oneIn(8)
      return {
        tells: (frame) =>
          frame.type === 'reply' && hasNumber(frame.output) && isRefused()
            ? [{ type: 'refusal', id: frame.id, code: 'message-too-long', message: 'No.' }]
            : [frame],
      }
    },
  },
  {
    what: 'a stranger is told what is said in a room',
    caught: 'I10',
    lie: () => ({
      tells: (frame, to) => {
        if (isRoom(frame)) for (const one of to.all) if (one.name.endsWith('stranger')) one.say(frame)
        return [frame]
      },
    }),
  },
  {
    what: 'one person is never told of the newest',
    caught: 'I11',
    lie: () => ({
      tells: (frame, to) => {
        if (!to.name.endsWith(' 2')) return [frame]
        // Whoever was removed and comes back is given a snapshot, which would tell them everything.
        if (frame.type === 'opened' || frame.type === 'reset') return [{ ...frame, seq: Math.min(frame.seq, 20) }]
        if (frame.type === 'heartbeat') return [{ ...frame, heads: {} }]
        if (!isRoom(frame)) return [frame]
        const events = frame.events.filter((event) => event.seq <= 20)
        return events.length === 0 ? [] : [{ ...frame, events }]
      },
    }),
  },
  {
    what: 'reads are answered from a copy that lags',
    caught: 'I12',
    lie: () => ({
      answers: (path, body) =>
        path.endsWith('/list-messages') && isPage(body) && body.messages.length <= 1
          ? { ...body, seq: Math.max(0, body.seq - 8) }
          : body,
    }),
  },
]

async function checkThrough(lie: Lie): Promise<{ report: CheckReport; broken: Invariant[] }> {
  await using proxy = startLyingProxy(server.url, lie)
  const shape = { seconds: 4, people: 5, rooms: 2, rate: 40, seed: 7 }
  const report = await runCheck(
    { ...shape, url: proxy.url, invitation: undefined, registers: false },
    { progress: () => undefined, signal: new AbortController().signal },
  )
  const broken = report.verdicts.filter(({ result }) => result === 'broken').map(({ invariant }) => invariant)
  return { report, broken }
}

test('the proxy alone breaks nothing', async () => {
  const { report, broken } = await checkThrough({})
  expect(broken, JSON.stringify(report.verdicts, null, 2)).toEqual([])
  expect(report.removal).toEqual({ rooms: 2, people: 7, left: [] })
}, 60_000)

/** Most of a check is waiting. */
const CHECKS_AT_ONCE = 3

describe('what a server does wrong is named', () => {
  const checks = LIES.map(() => Promise.withResolvers<Awaited<ReturnType<typeof checkThrough>>>())
  beforeAll(() => {
    const left = LIES.map(({ lie }, index) => ({ lie, check: checks[index] }))
    const lane = async () => {
      for (let next = left.shift(); next; next = left.shift()) {
        const { lie, check } = next
        await checkThrough(lie()).then(check?.resolve, check?.reject)
      }
    }
    for (let count = 0; count < CHECKS_AT_ONCE; count++) void lane()
  })

  for (const [index, { what, caught }] of LIES.entries()) {
    test(`${caught}: ${what}`, async () => {
      const { report, broken } = await (checks[index]?.promise ?? Promise.reject())
      console.log(`${what}: ${broken.join(', ')}`)
      expect(broken).toContain(caught)
      expect(report.isGood).toBe(false)
      expect(report.removal).toEqual({ rooms: 2, people: 7, left: [] })
    }, 120_000)
  }
})

function hasNumber(output: unknown): output is { messageId: string; number: number; seq: number } {
  return typeof output === 'object' && output !== null && 'number' in output && 'messageId' in output
}

function isPage(body: unknown): body is { seq: number; messages: readonly unknown[] } {
  return typeof body === 'object' && body !== null && 'messages' in body && 'seq' in body
}
