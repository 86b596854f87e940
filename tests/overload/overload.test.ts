import { afterAll, expect, test } from 'bun:test'
import { stopServers } from '../support/harness.ts'
import { overload } from './overload.ts'
import { slowReaders } from './slow-readers.ts'

afterAll(stopServers)

for (const isLimited of [true, false]) {
  test(`[G13] ten times the load for 5 s ${isLimited ? 'within' : 'without'} limits: what is acknowledged is stored, and all is answered`, async () => {
    const result = await overload({ seconds: 5, isLimited })
    console.log(JSON.stringify(result))
    expect(result.problems).toEqual([])
    expect(result.acknowledged).toBeGreaterThan(500)
    if (isLimited) expect(result.busy).toBeGreaterThan(10)
  }, 60_000)
}

test('[G12] 50 sockets that stop reading for 10 s: little memory, closed by name, nothing lost, current again', async () => {
  const many = { stalled: 50, seconds: 10, people: 4, rooms: 1, mostTimes: Number.POSITIVE_INFINITY }
  const result = await slowReaders(many)
  console.log(JSON.stringify(result))
  expect(result.problems).toEqual([])
  expect(result.cut).toBeGreaterThan(25)
  expect(result.resumed).toBe(50)
}, 90_000)
