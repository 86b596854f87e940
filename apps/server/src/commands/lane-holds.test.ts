import { expect, test } from 'bun:test'
import { type CommandId, newId, type RoomId, TIMES } from '@parley/protocol'
import { LaneHolds } from './lane-holds.ts'

const lane = {}
const roomId = newId<RoomId>()
const [first, second, third] = [newId<CommandId>(), newId<CommandId>(), newId<CommandId>()]
const place = (id: CommandId, elsewhere: object = {}) => ({ lane, roomId, id, ...elsewhere })

/** Whether the command may go on. */
function passes(holds: LaneHolds, at: ReturnType<typeof place>, now = 0): boolean {
  try {
    holds.judge(at, now)
    return true
  } catch {
    return false
  }
}

test('[F3] what follows a refusal in its lane and room waits; all else does not, nor the refused one itself', () => {
  const holds = new LaneHolds()
  holds.note(place(first), 'refused', 0)
  expect(passes(holds, place(third, { lane: {} }))).toBe(true)
  expect(passes(holds, place(third, { roomId: newId<RoomId>() }))).toBe(true)
  expect(passes(holds, place(second))).toBe(false)
  expect(passes(holds, place(first))).toBe(true)
})

test('[F3] once the refusal is known, the first that waited goes first', () => {
  const holds = new LaneHolds()
  holds.note(place(first), 'refused', 0)
  expect(passes(holds, place(second))).toBe(false)
  holds.withdraw({}, first, 0)
  expect(passes(holds, place(second))).toBe(false)
  holds.withdraw(lane, first, 0)
  expect(passes(holds, place(third))).toBe(false)
  expect(passes(holds, place(second))).toBe(true)
  holds.note(place(second), 'settled', 0)
  expect(passes(holds, place(third))).toBe(true)
})

test('[F3] the refused one is repeated and stored: what waited comes after it', () => {
  const holds = new LaneHolds()
  holds.note(place(first), 'refused', 0)
  expect(passes(holds, place(second))).toBe(false)
  holds.note(place(first), 'settled', 0)
  expect(passes(holds, place(third))).toBe(false)
  expect(passes(holds, place(second))).toBe(true)
})

test('[F3] the next is refused as well: then it is the one to be known', () => {
  const holds = new LaneHolds()
  holds.note(place(first), 'refused', 0)
  expect(passes(holds, place(second))).toBe(false)
  holds.withdraw(lane, first, 0)
  holds.note(place(second), 'refused', 0)
  expect(passes(holds, place(third))).toBe(false)
  holds.withdraw(lane, second, 0)
  expect(passes(holds, place(third))).toBe(true)
})

test('[F3] each that was told to wait comes before what follows it, whatever becomes of those before', () => {
  const holds = new LaneHolds()
  holds.note(place(first), 'refused', 0)
  expect(passes(holds, place(second))).toBe(false)
  expect(passes(holds, place(third))).toBe(false)
  holds.withdraw(lane, first, 0)
  // Its sender learned otherwise that it was stored, or gives it up.
  holds.withdraw(lane, second, 0)
  expect(passes(holds, place(newId<CommandId>()))).toBe(false)
  expect(passes(holds, place(third))).toBe(true)
})

test('[F3] withdrawn from the midst of the line, it is not waited for', () => {
  const holds = new LaneHolds()
  holds.note(place(first), 'refused', 0)
  expect(passes(holds, place(second))).toBe(false)
  expect(passes(holds, place(third))).toBe(false)
  holds.withdraw(lane, second, 0)
  holds.withdraw(lane, first, 0)
  expect(passes(holds, place(third))).toBe(true)
})

test('[F3] an endless line is not remembered to its end', () => {
  const holds = new LaneHolds()
  holds.note(place(first), 'refused', 0)
  const ids = Array.from({ length: 1_000 }, () => newId<CommandId>())
  for (const id of ids) expect(passes(holds, place(id))).toBe(false)
  for (const id of [first, ...ids.slice(0, 300)]) holds.withdraw(lane, id, 0)
  expect(passes(holds, place(ids[999] ?? first))).toBe(true)
})

test('[F3] nobody waits for ever: not for a client that never withdraws, not for one that never repeats', () => {
  const holds = new LaneHolds()
  holds.note(place(first), 'refused', 0)
  expect(passes(holds, place(second), TIMES.refusalHoldMs - 1)).toBe(false)
  expect(passes(holds, place(third), TIMES.refusalHoldMs)).toBe(true)
  holds.note(place(first), 'refused', 0)
  expect(passes(holds, place(second), 1)).toBe(false)
  holds.withdraw(lane, first, 2)
  // That others ask meanwhile does not lengthen it.
  expect(passes(holds, place(third), 5_000)).toBe(false)
  expect(passes(holds, place(third), 2 + TIMES.refusalHoldMs)).toBe(true)
})

test('[F3] a run of a batch sees what it noted itself; others see it when it is kept', () => {
  const holds = new LaneHolds()
  const abandoned = holds.draft()
  abandoned.note(place(first), 'refused', 0)
  const draft = holds.draft()
  draft.note(place(first), 'refused', 0)
  expect(passes(draft, place(second))).toBe(false)
  expect(passes(holds, place(second))).toBe(true)
  draft.keep()
  expect(passes(holds, place(third))).toBe(false)
  holds.withdraw(lane, first, 0)
  draft.keep()
  expect(passes(holds, place(second))).toBe(true)
})

test('[F3] withdrawn while a later one was told to wait: that one still comes before what follows it', () => {
  const holds = new LaneHolds()
  holds.note(place(first), 'refused', 0)
  const draft = holds.draft()
  expect(passes(draft, place(second))).toBe(false)
  holds.withdraw(lane, first, 0)
  draft.keep()
  expect(passes(holds, place(third))).toBe(false)
  expect(passes(holds, place(second))).toBe(true)
})

test('[F3] rooms that somebody made up are forgotten with their time', () => {
  const holds = new LaneHolds()
  for (let now = 0; now < 20_000; now++) {
    holds.note({ lane, roomId: newId<RoomId>(), id: newId<CommandId>() }, 'refused', now * 1_000)
  }
  expect(holds.roomsOf(lane)).toBeLessThan(200)
})
