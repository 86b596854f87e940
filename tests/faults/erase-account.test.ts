import { afterAll, expect, test } from 'bun:test'
import { stopServers } from '../support/harness.ts'
import { eraseRun } from './erase-run.ts'

afterAll(stopServers)

/** `PARLEY_ERASE_MESSAGES=100000` measures what somebody with that many takes. */
const messages = Number(process.env.PARLEY_ERASE_MESSAGES ?? 3_000)

for (const database of ['sqlite', 'postgres'] as const) {
  test(`[U8] killed while it erases somebody's messages, the server finishes after the next start (${database})`, async () => {
    const result = await eraseRun({ database, messages, isKilled: true })
    console.log(JSON.stringify({ database, ...result }))
    expect(result.left).toEqual([])
    expect(result.erasedBeforeKill).toBeLessThan(messages)
  }, 900_000)
}

if (process.env.PARLEY_ERASE_MESSAGES !== undefined) {
  for (const database of ['sqlite', 'postgres'] as const) {
    test(`[U8] how long it takes, and how long others wait meanwhile (${database})`, async () => {
      const result = await eraseRun({ database, messages, isKilled: false })
      console.log(JSON.stringify({ database, ...result }))
      expect(result.left).toEqual([])
    }, 900_000)
  }
}
