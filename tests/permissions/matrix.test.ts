import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { commands, queries } from '@parley/protocol/schemas'
import { Refusal } from '../../apps/server/src/rules/refusal.ts'
import { type Cell, cells, contextOf, describeCell, expectedOf } from './cells.ts'
import type { Outcome } from './expected.ts'
import { fallingCells } from './falling.ts'
import { COMMANDS, QUERIES } from './table.ts'
import { PermissionWorld } from './world.ts'

/** Both databases judge by the same code; PostgreSQL gets every so many of the cells. */
const EVERY = { sqlite: 1, postgres: 7 }

test('[N1] every command and query has its row', () => {
  const stateCommands = Object.entries(commands).flatMap(([name, command]) => ('over' in command ? [] : [name]))
  expect(Object.keys(COMMANDS).sort()).toEqual(stateCommands.sort())
  expect(Object.keys(QUERIES).sort()).toEqual(Object.keys(queries).sort())
})

for (const databaseName of ['sqlite', 'postgres'] as const) {
  describe(databaseName, () => {
    let world: PermissionWorld
    beforeAll(async () => {
      world = await PermissionWorld.open(databaseName)
    }, 60_000)
    afterAll(() => world.close(), 60_000)

    test('[N1] every cell: what is asked by whomever, wherever, comes out as the table says', async () => {
      const wrong: string[] = []
      const all = cells().filter((_, index) => index % EVERY[databaseName] === 0)
      for (const cell of all) {
        const context = contextOf(world, cell.who)
        const expected = expectedOf(cell, context)
        // Both judgements must come to it: the look before the batch, and the one under the lock alone.
        for (const isKnownMember of cell.kind === 'command' ? [false, true] : [false]) {
          const outcome = await outcomeOf(world, cell, isKnownMember)
          if (outcome !== expected) wrong.push(`${describeCell(cell)}: ${outcome} instead of ${expected}`)
        }
        if (expected !== 'ok' && !isDeclared(cell, expected)) wrong.push(`${cell.name} may not answer ${expected}`)
      }
      expect(wrong.slice(0, 20)).toEqual([])
    }, 300_000)

    test('[N2] demoted in mid-flight: in one batch, what was allowed is judged by what the person has become', async () => {
      const wrong: string[] = []
      const all = fallingCells(world).filter((_, index) => index % EVERY[databaseName] === 0)
      for (const { cell, fall, after } of all) {
        const expected = expectedOf({ ...cell, who: after }, { ...contextOf(world, cell.who), who: after })
        // The same turn of the event loop, so the same batch: the fall comes first, then what was allowed before it.
        const falling = fall()
        const outcome = await outcomeOf(world, cell, true)
        await falling
        if (outcome !== expected) wrong.push(`${describeCell(cell)}: ${outcome} instead of ${expected}`)
      }
      expect(wrong.slice(0, 20)).toEqual([])
      expect(all.length).toBeGreaterThan(0)
    }, 300_000)
  })
}

async function outcomeOf(world: PermissionWorld, cell: Cell, isKnownMember: boolean): Promise<Outcome> {
  const context = contextOf(world, cell.who)
  const { actor } = world.asker(cell.who.position, cell.who.instance)
  const input = cell.variant.input(context)
  const name = cell.name as keyof typeof COMMANDS // as: of a command cell
  const asked =
    cell.kind === 'query' ? world.asks(actor, cell.name, input) : world.performs(actor, name, input, isKnownMember)
  return asked.then(() => 'ok' as const, codeOf)
}

function codeOf(error: unknown): Outcome {
  if (error instanceof Refusal) return error.code
  throw error
}

function isDeclared(cell: Cell, code: Outcome): boolean {
  const { refusals } = cell.kind === 'command' ? commands[cell.name as 'enter'] : queries[cell.name as 'get-room'] // as: any of them
  return (refusals as readonly string[]).includes(code)
}
