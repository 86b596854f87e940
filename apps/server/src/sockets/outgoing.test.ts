import { expect, test } from 'bun:test'
import type { Socket } from '../runtime/socket.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { Outgoing } from './outgoing.ts'
import { OUTGOING_BYTES } from './slow-readers.ts'
import { WriteTurn } from './write-turn.ts'

/** The kernel's side of a socket, as far as it fits into memory: takes `room` bytes, then holds back. */
class ScriptedSocket implements Socket {
  readonly written: string[] = []
  readonly calls: string[] = []
  room = Number.POSITIVE_INFINITY
  buffered = 0
  isGone = false

  send(text: string) {
    if (this.isGone) return 0
    this.written.push(text)
    if (this.room >= text.length && this.buffered === 0) {
      this.room -= text.length
      return text.length
    }
    this.buffered += text.length
    return -1
  }

  cork(write: () => void): void {
    this.calls.push('cork')
    write()
  }

  getBufferedAmount(): number {
    return this.buffered
  }

  close(code: number): void {
    this.calls.push(`close ${code}`)
  }
}

function setting() {
  const socket = new ScriptedSocket()
  const clock = new FakeClock()
  let endTurn = () => {}
  const turn = new WriteTurn((call) => {
    endTurn = call
  })
  const outgoing: Outgoing = new Outgoing({ socket, turn, clock, owner: { end: (reason) => outgoing.end(reason) } })
  const drain = () => {
    socket.buffered = 0
    outgoing.drained()
  }
  return { socket, clock, outgoing, drain, turn, endTurn: () => endTurn() }
}

test('what is said within a turn leaves in order and in one write', () => {
  const { socket, outgoing, endTurn } = setting()
  outgoing.send('a')
  outgoing.send('b')
  expect(socket.written).toEqual([])
  endTurn()
  expect(socket.written).toEqual(['a', 'b'])
  expect(socket.calls).toEqual(['cork'])
})

test('[G12] a reader that lets more than a mebibyte wait is closed as too slow, after it read the rest', () => {
  const { socket, outgoing, drain, endTurn } = setting()
  socket.room = 0
  for (let count = 0; count < 12; count++) {
    outgoing.send('x'.repeat(100_000))
    endTurn()
  }
  expect(socket.buffered).toBeLessThanOrEqual(OUTGOING_BYTES)
  expect(socket.calls).toEqual([])
  outgoing.send('never')
  endTurn()
  drain()
  expect(socket.calls).toEqual(['close 4000'])
  expect(socket.written).not.toContain('never')
})

test('[G12] the more readers are slow, the less may wait for each, and who reads on is slow no more', () => {
  const { socket, outgoing, drain, turn, endTurn } = setting()
  const sayThreeTimes = () => {
    for (let count = 0; count < 3; count++) {
      outgoing.send('x'.repeat(100_000))
      endTurn()
    }
  }
  socket.room = 0
  sayThreeTimes()
  expect(socket.buffered).toBe(300_000)
  drain()
  expect(turn.slow.count).toBe(0)
  turn.slow.count = 500
  sayThreeTimes()
  expect(turn.slow.count).toBe(501)
  expect(socket.buffered).toBeLessThan(150_000)
  drain()
  expect(socket.calls).toEqual(['close 4000'])
  outgoing.forget()
  expect(turn.slow.count).toBe(500)
})

test('a reader that reads nothing more is cut after a while', () => {
  const { socket, clock, outgoing, endTurn } = setting()
  socket.room = 0
  outgoing.send('x')
  endTurn()
  outgoing.end('restarting')
  expect(socket.calls).toEqual([])
  clock.advance(5_000)
  expect(socket.calls).toEqual(['close 1012'])
})

test('closing says first what was still to be said', () => {
  const { socket, outgoing, endTurn } = setting()
  outgoing.send('last words')
  outgoing.end('session-ended')
  endTurn()
  expect(socket.written).toEqual(['last words'])
  expect(socket.calls).toEqual(['close 4102'])
})

test('a page is asked for when the last one was read', async () => {
  const { socket, outgoing, drain, endTurn } = setting()
  await outgoing.whenRoomy()
  socket.room = 0
  outgoing.send('page')
  endTurn()
  let isRoomy = false
  const roomy = outgoing.whenRoomy().then(() => {
    isRoomy = true
  })
  await Promise.resolve()
  expect(isRoomy).toBe(false)
  drain()
  await roomy
})

test('nothing is written to a socket that is gone', () => {
  const { socket, outgoing, endTurn } = setting()
  outgoing.send('a')
  outgoing.forget()
  endTurn()
  expect(socket.written).toEqual([])
})
