import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkBoundaries } from './checks/boundaries.ts'
import { checkEscapes } from './checks/escapes.ts'
import { checkPatterns } from './checks/patterns.ts'
import { root } from './checks/source-file.ts'

/** Every static check of the repository; `npm run check`. A step answers with its complaint, empty when all is well. */
type Step = { name: string; run: () => string | Promise<string> }

const projects = ['packages/protocol', 'packages/client', 'apps/server', 'apps/web', 'apps/cli', 'tests']
const generators = [
  'scripts/generate-protocol-doc.ts',
  'scripts/generate-permissions-doc.ts',
  'scripts/generate-hostile-doc.ts',
]

const steps: Step[] = [
  { name: 'lock file', run: checkLockFile },
  { name: 'boundaries', run: () => checkBoundaries().join('\n') },
  { name: 'escapes', run: () => checkEscapes().join('\n') },
  { name: 'patterns', run: async () => (await checkPatterns()).join('\n') },
  { name: 'biome', run: () => output([bin('biome'), 'check', '--error-on-warnings', '--colors=off', '.']) },
  ...projects.filter((path) => existsSync(join(root, path, 'tsconfig.json'))).map(typeCheck),
  ...generators.map((generator) => ({
    name: `generated documents: ${generator}`,
    run: () => output([process.execPath, generator, '--check']),
  })),
]

let failed = 0
for (const { name, run } of steps) {
  const startedAt = performance.now()
  const complaint = await run()
  if (complaint !== '') {
    failed += 1
    console.log(complaint)
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${complaint === '' ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`)
}
console.log(`${steps.length - failed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

function typeCheck(path: string): Step {
  return {
    name: `types of ${path}`,
    run: async () => {
      const complaint = await output([bin('tsc'), '-p', path, '--pretty', 'false'])
      const isEmpty = complaint.includes('TS18003') && !hasFiles(join(root, path, 'src'))
      return isEmpty ? '' : complaint
    },
  }
}

/** Addresses in the lock file would tie every installation to one registry. */
function checkLockFile(): string {
  const lines = readFileSync(join(root, 'package-lock.json'), 'utf8').split('\n')
  const carrying = lines.findIndex((line) => line.includes('"resolved": "http'))
  return carrying === -1 ? '' : `package-lock.json:${carrying + 1} carries a download address; see .npmrc`
}

async function output(command: string[]): Promise<string> {
  const process = Bun.spawn(command, { cwd: root, stdout: 'pipe', stderr: 'pipe' })
  const [out, err] = await Promise.all([new Response(process.stdout).text(), new Response(process.stderr).text()])
  const code = await process.exited
  return code === 0 ? '' : `${out}${err}`.trim() || `${command.join(' ')} exited with ${code}`
}

function bin(name: string): string {
  return join(root, 'node_modules/.bin', name)
}

function hasFiles(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).length > 0
}
