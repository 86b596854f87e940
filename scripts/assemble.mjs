// Lays out what a running server needs and nothing else: `<target>/bun` and `<target>/parley`. For the container image.
import { cpSync, mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { bun, root, run, runOrExplain, SetupError } from './setup.mjs'

const target = process.argv[2]
const workspaces = ['apps/server', 'apps/cli', 'packages/client', 'packages/protocol']
const folders = [...workspaces.map((path) => `${path}/src`), 'apps/web/dist']
const files = ['package.json', 'package-lock.json', '.npmrc', 'LICENSE']

await runOrExplain(async () => {
  if (!target) throw new SetupError('usage: node scripts/assemble.mjs <folder>')
  const home = join(target, 'parley')
  mkdirSync(home, { recursive: true })
  cpSync(realpathSync(bun), join(target, 'bun'))
  for (const path of [...files, ...folders]) cpSync(join(root, path), join(home, path), { recursive: true })
  // npm wants every workspace that the lock file names.
  for (const path of [...workspaces, 'apps/web']) {
    cpSync(join(root, path, 'package.json'), join(home, path, 'package.json'))
  }
  const install = [
    'ci',
    '--omit=dev',
    '--ignore-scripts',
    '--workspace=@parley/server',
    '--workspace=@parley/cli',
    '--no-progress',
    '--loglevel=error',
  ]
  const { code, output } = await run('npm', install, { cwd: home })
  if (code !== 0) throw new SetupError(output)
})
