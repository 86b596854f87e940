import { expect, test } from 'bun:test'
import { startCluster } from '../cluster/support/cluster.ts'
import { parley } from '../support/command-line.ts'
import { ownerOf } from './owner.ts'

test('two instances behind Nginx hold all twelve, and are as before afterwards', async () => {
  await using cluster = await startCluster({ instances: 2 })
  const [first] = cluster.instances
  if (!first) throw new Error('There is no instance.')
  const owner = await ownerOf({ url: first.url, output: first.server.output })
  const before = await owner.everything()
  const truth = { dataFolder: '', databaseUrl: cluster.databaseUrl }
  const words = ['--seconds', '6', '--people', '6', '--rate', '40']
  const { code, output } = await parley(truth, ['check', '--url', cluster.url, ...words]).ended
  expect(code, output).toBe(0)
  expect(output).toContain('All twelve held.')
  expect(output).toContain('Removed: 3 rooms, 8 people')
  await owner.waitsFor(before)
}, 120_000)
