import { expect, test } from 'bun:test'
import { newId, type UserId } from '@parley/protocol'
import { codeOf } from '../../../../tests/support/state.ts'
import { SearchTurns } from './search-turns.ts'

/** Searches that go on until they are let end, and what is running of them. */
function searching() {
  const turns = new SearchTurns()
  const running: { readonly userId: UserId; end(): void }[] = []
  return {
    running,
    begins: (userId: UserId) =>
      turns.take(
        userId,
        () =>
          new Promise<void>((resolve) => {
            const one = {
              userId,
              end() {
                running.splice(running.indexOf(one), 1)
                resolve()
              },
            }
            running.push(one)
          }),
      ),
  }
}

const settled = () => new Promise(setImmediate)

test('[H6] one person searches once at a time, the rest in turn, and too many are busy', async () => {
  const { running, begins } = searching()
  const [ann, bob] = [newId<UserId>(), newId<UserId>()]
  const asked = Array.from({ length: 9 }, () => begins(ann))
  expect(await codeOf(begins(ann))).toBe('busy')
  const other = begins(bob)
  await settled()
  expect(running.map(({ userId }) => userId)).toEqual([ann, bob])
  for (let left = 9; left > 0; left--) {
    running.find(({ userId }) => userId === ann)?.end()
    await settled()
    expect(running.filter(({ userId }) => userId === ann)).toHaveLength(left > 1 ? 1 : 0)
  }
  await Promise.all(asked)
  running[0]?.end()
  await other
})

test('[H6] of many people a few search at once, and everybody gets their turn', async () => {
  const { running, begins } = searching()
  const asked = Array.from({ length: 20 }, () => begins(newId<UserId>()))
  let seen = 0
  while (seen < 20) {
    await settled()
    expect(running.length).toBeLessThanOrEqual(4)
    running[0]?.end()
    seen++
  }
  await Promise.all(asked)
})

test('[H6] a search that fails leaves its place', async () => {
  const turns = new SearchTurns()
  const ann = newId<UserId>()
  for (let time = 0; time < 6; time++) {
    const failed = turns.take(ann, () => Promise.reject(new Error('no')))
    await expect(failed).rejects.toThrow('no')
  }
  expect(await turns.take(ann, async () => 'found')).toBe('found')
})
