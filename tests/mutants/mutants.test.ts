import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { MutantTree } from '../../scripts/proofs/mutant-tree.ts'
import { MUTANTS } from './mutants.ts'

// Who checks the checkers: a server with a mistake in it, and the test that must fail for it, by name and by what it says.

const LIMIT_MS = 180_000

describe('mutants of the server', () => {
  let tree: MutantTree
  beforeAll(() => {
    tree = new MutantTree()
  }, 60_000)
  afterAll(() => tree?.close())

  for (const { name, edits, caughtBy } of MUTANTS) {
    test(
      `one that ${name} is caught by "${caughtBy.test}"`,
      async () => {
        for (const edit of edits) tree.edit(edit)
        try {
          const { failed, output } = await tree.test([`./${caughtBy.file}`, '-t', exactly(caughtBy.test)], LIMIT_MS)
          expect({ failed, output: failed.length > 0 ? '' : output }).toEqual({ failed: [caughtBy.test], output: '' })
          expect(output).toMatch(caughtBy.saying)
        } finally {
          tree.heal()
        }
      },
      2 * LIMIT_MS,
    )
  }
})

const exactly = (name: string): string => `^${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`
