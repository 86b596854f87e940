import { heapStats } from 'bun:jsc'
import { expect, test } from 'bun:test'
import { type CommandId, newId, TIMES } from '@parley/protocol'
import { BusyHold } from './busy-hold.ts'

const at = (now: number, withdraws = false) => ({ now, withdraws, place: 0 })

test('[F3] the room waits for the first that was told busy, for at most ten seconds', () => {
  const hold = new BusyHold()
  const [first, second] = [newId<CommandId>(), newId<CommandId>()]
  hold.hold('room', first, at(0))
  expect(hold.wait('room', second, 1)).toBeGreaterThan(0)
  expect(hold.wait('another room', second, 1)).toBe(0)
  expect(hold.wait('room', first, 2)).toBe(0)
  expect(hold.wait('room', second, 3)).toBe(0)
  hold.hold('room', first, at(0))
  hold.withdraw(first)
  expect(hold.wait('room', second, 1)).toBe(0)
  hold.hold('room', first, at(0))
  expect(hold.wait('room', second, TIMES.busyHoldMs)).toBe(0)
})

test('[F3] for a minute when its client says what it gives up', () => {
  const hold = new BusyHold()
  const [first, second] = [newId<CommandId>(), newId<CommandId>()]
  hold.hold('room', first, at(0, true))
  expect(hold.wait('room', second, TIMES.refusalHoldMs - 1)).toBeGreaterThan(0)
  expect(hold.wait('room', second, TIMES.refusalHoldMs)).toBe(0)
})

test('[F3] one that was asked earlier and is answered `busy` later comes first all the same', () => {
  const hold = new BusyHold()
  const [first, second] = [newId<CommandId>(), newId<CommandId>()]
  hold.hold('room', second, { ...at(0), place: 2 })
  hold.hold('room', first, { ...at(1), place: 1 })
  expect(hold.wait('room', second, 2)).toBeGreaterThan(0)
  expect(hold.wait('room', first, 3)).toBe(0)
  expect(hold.wait('room', second, 4)).toBe(0)
})

test('[F3] rooms that somebody made up are forgotten with their time', () => {
  const hold = new BusyHold()
  const before = heapStats().objectCount
  for (let now = 0; now < 20_000; now++) hold.hold(newId(), newId<CommandId>(), at(now * 100))
  Bun.gc(true)
  expect(heapStats().objectCount - before).toBeLessThan(5_000)
  expect(hold.wait('room', newId<CommandId>(), 0)).toBe(0)
})
