import { expect, test } from 'bun:test'
import { fanoutContract } from './fanout.contract.ts'
import { localFanout } from './local-fanout.ts'

fanoutContract('local', async () => {
  const faults: unknown[] = []
  const fanout = localFanout((error) => faults.push(error))
  return { fanout, faults, close: () => fanout.close() }
})

test('a single instance has no peers and no doubts', () => {
  const fanout = localFanout(() => undefined)
  expect(fanout.peers).toBeUndefined()
  expect(fanout.isDoubtful).toBe(false)
})
