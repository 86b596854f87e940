import { afterAll, expect, test } from 'bun:test'
import { stopServers } from '../support/harness.ts'
import { coldRestartRun } from './cold-restart-run.ts'

afterAll(stopServers)

// 10,000 of them: `npm run prove -- cold-restart`.
const CLIENTS = 300

test(`${CLIENTS} clients of one server are current again right after it was restarted, and nothing is lost`, async () => {
  const result = await coldRestartRun({ clients: CLIENTS, restarts: 2, perRoom: 50 })
  console.log(JSON.stringify(result))
  expect(result.problems).toEqual([])
  expect(result.acknowledged).toBeGreaterThan(20)
}, 120_000)
