import { afterAll, beforeAll, expect, test } from 'bun:test'
import { compare } from './compare.ts'
import { Side } from './side.ts'

// More of them: `npm run prove -- differential`.
const SEQUENCES = 500

let sides: [Side, Side]
beforeAll(async () => {
  sides = await Promise.all([Side.opens('sqlite'), Side.opens('postgres')])
}, 60_000)
afterAll(() => Promise.all(sides.map((side) => side.close())), 60_000)

test(`SQLite and PostgreSQL tell and keep the same after ${SEQUENCES} random sequences of operations`, async () => {
  const result = await compare(sides, { first: 1, sequences: SEQUENCES })
  expect(result.problems.slice(0, 5)).toEqual([])
  expect(result.operations).toBeGreaterThan(15 * SEQUENCES)
  // Neither all refused nor all granted, or little was compared.
  expect(result.refused / result.operations).toBeGreaterThan(0.1)
  expect(result.refused / result.operations).toBeLessThan(0.7)
}, 180_000)
