import { expect, test } from 'bun:test'
import { CLOSE_CODES } from '@parley/protocol'
import type { Socket } from '../runtime/socket.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { Outgoing } from './outgoing.ts'
import { StandStill } from './stand-still.ts'
import { WriteTurn } from './write-turn.ts'

function setting() {
  const clock = new FakeClock()
  const turns: (() => void)[] = []
  const turn = new WriteTurn((call) => turns.push(call))
  const log = { asked: 0, faults: 0, answers: [] as PromiseWithResolvers<void>[] }
  const standStill = new StandStill({
    clock,
    askForSessions: () => {
      log.asked += 1
      const answer = Promise.withResolvers<void>()
      log.answers.push(answer)
      return answer.promise
    },
    awake: () => turn.goOn(),
    fault: () => {
      log.faults += 1
    },
  })
  turn.holdWhile(() => standStill.isWaking)
  const connect = () => {
    const seen: string[] = []
    const socket: Socket = {
      send: (text) => {
        seen.push(text)
        return text.length
      },
      cork: (write) => write(),
      getBufferedAmount: () => 0,
      close: (code) => seen.push(`close ${code}`),
    }
    return { seen, outgoing: new Outgoing({ socket, turn, clock, owner: { end() {} } }) }
  }
  /** The process is stopped: no timer runs meanwhile. */
  const stop = (ms: number) => {
    const { now } = clock
    const late = now.call(clock) + ms
    clock.now = () => Math.max(late, now.call(clock))
  }
  const endTurn = () => {
    for (const call of turns.splice(0)) call()
  }
  return { clock, standStill, log, connect, stop, endTurn }
}

async function settle(): Promise<void> {
  for (let round = 0; round < 20; round++) await Promise.resolve()
}

test('[U9] after a pause nothing is told before it is known whose session has ended meanwhile', async () => {
  const { standStill, log, connect, stop, endTurn } = setting()
  const [ann, revoked] = [connect(), connect()]
  ann.outgoing.send('before')
  endTurn()
  stop(2_000)
  // What lay in the socket to Redis comes first.
  for (const { outgoing } of [ann, revoked]) outgoing.send('news')
  endTurn()
  for (const { outgoing } of [ann, revoked]) outgoing.send('more')
  endTurn()
  expect([ann.seen, revoked.seen, log.asked]).toEqual([['before'], [], 1])
  revoked.outgoing.end('session-ended')
  log.answers[0]?.resolve()
  await settle()
  endTurn()
  expect(ann.seen).toEqual(['before', 'news', 'more'])
  expect(revoked.seen).toEqual([`close ${CLOSE_CODES['session-ended'].code}`])
  ann.outgoing.send('after')
  endTurn()
  expect([ann.seen.at(-1), log.asked]).toEqual(['after', 1])
  standStill.stop()
})

test('a process that runs is never held, and a short pause holds nothing', () => {
  const { clock, standStill, log, connect, stop, endTurn } = setting()
  const { seen, outgoing } = connect()
  for (let second = 0; second < 60; second++) {
    clock.advance(1_000)
    outgoing.send(`${second}`)
    endTurn()
  }
  stop(1_900)
  outgoing.send('late')
  endTurn()
  expect([seen.length, log.asked]).toEqual([61, 0])
  standStill.stop()
  expect(clock.pending).toBe(0)
})

test('while the sessions cannot be asked for nothing is told, and who pauses again is asked for again', async () => {
  const { clock, standStill, log, connect, stop, endTurn } = setting()
  const { seen, outgoing } = connect()
  stop(5_000)
  outgoing.send('news')
  endTurn()
  log.answers[0]?.reject(new Error('down'))
  await settle()
  clock.advance(6_000)
  await settle()
  expect([seen, log.asked, log.faults]).toEqual([[], 2, 1])
  stop(5_000)
  endTurn()
  expect(standStill.isWaking).toBe(true)
  log.answers[1]?.resolve()
  await settle()
  endTurn()
  expect([seen, log.asked]).toEqual([[], 3])
  log.answers[2]?.resolve()
  await settle()
  endTurn()
  expect(seen).toEqual(['news'])
  standStill.stop()
})
