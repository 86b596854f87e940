import { expect, test } from 'bun:test'
import type { ClientFrame } from '@parley/protocol'
import { FakeClock } from '../testing/fake-clock.ts'
import { type Answer, Requests } from './requests.ts'

function setUp() {
  const clock = new FakeClock()
  const sent: string[] = []
  const answers: string[] = []
  let isLive = true
  let reconnects = 0
  const requests = new Requests({
    clock,
    send: (frame: ClientFrame) => {
      if (isLive && 'id' in frame) sent.push(frame.id)
      return isLive
    },
    reconnect: () => {
      reconnects += 1
      requests.cut()
      requests.live()
    },
    late: () => false,
  })
  const call = (id: string, survivesCuts = true) =>
    requests.call(
      { type: 'query', id, name: 'get-room', input: {} },
      (answer: Answer) => answers.push(`${id} ${answer.kind}`),
      { survivesCuts },
    )
  const setLive = (to: boolean) => {
    isLive = to
    if (to) requests.live()
    else requests.cut()
  }
  return { clock, requests, sent, answers, call, setLive, reconnects: () => reconnects }
}

test('an answer goes to its call once; one that nobody waits for goes nowhere', () => {
  const { requests, answers, call } = setUp()
  call('a')
  requests.answered({ type: 'reply', id: 'a', output: 1 })
  requests.answered({ type: 'reply', id: 'a', output: 1 })
  requests.answered({ type: 'refusal', id: 'b', code: 'busy', message: '' })
  expect(answers).toEqual(['a reply'])
})

test('[F2] unanswered: the second time on the same connection, the third on a new one', async () => {
  const { clock, sent, call, reconnects } = setUp()
  call('a')
  await clock.advance(4_000)
  call('b')
  await clock.advance(6_000)
  expect(sent).toEqual(['a', 'b', 'a'])
  await clock.advance(4_000)
  expect(sent).toEqual(['a', 'b', 'a', 'b'])
  expect(reconnects()).toBe(0)
  await clock.advance(6_000)
  expect(reconnects()).toBe(1)
  expect(sent.slice(4)).toEqual(['a', 'b'])
})

test('over a cut, calls are sent again in the order in which they were made, or answered `cut`', () => {
  const { sent, answers, call, setLive } = setUp()
  call('a')
  call('b', false)
  setLive(false)
  call('c')
  expect(answers).toEqual(['b cut'])
  setLive(true)
  expect(sent).toEqual(['a', 'b', 'a', 'c'])
})

test('an answer that comes before `send` returns counts', async () => {
  const clock = new FakeClock()
  const requests: Requests = new Requests({
    clock,
    send: (frame) => {
      if ('id' in frame) requests.answered({ type: 'reply', id: frame.id, output: {} })
      return true
    },
    reconnect: () => undefined,
    late: () => false,
  })
  const answers: Answer[] = []
  requests.call({ type: 'query', id: 'a', name: 'get-room', input: {} }, (answer) => answers.push(answer), {
    survivesCuts: true,
  })
  expect(answers).toHaveLength(1)
  await clock.advance(60_000)
  expect(answers).toHaveLength(1)
})
