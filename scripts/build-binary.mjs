// `npm run build:binary`: one program that holds everything, web client included. It needs nothing beside it to run.
// `-- --outfile <path>` puts it elsewhere, `-- --target bun-linux-arm64` builds for another machine.
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { bun, prepare, root, run, runOrExplain, SetupError } from './setup.mjs'

const webFolder = join(root, 'apps/web/dist')
const entry = join(root, 'scripts/binary/.cache/entry.ts')

await runOrExplain(async () => {
  const { values } = parseArgs({
    options: { outfile: { type: 'string', default: join(root, 'dist/parley') }, target: { type: 'string' } },
  })
  const outfile = resolve(values.outfile)
  await prepare()
  mkdirSync(dirname(entry), { recursive: true })
  writeFileSync(entry, entryCarrying(readdirSync(webFolder, { recursive: true, withFileTypes: true })))
  mkdirSync(dirname(outfile), { recursive: true })
  const { code, output } = await run(bun, [
    'build',
    '--compile',
    // What lies in the folder where somebody happens to stand must not change what the program does.
    '--no-compile-autoload-dotenv',
    '--no-compile-autoload-bunfig',
    '--minify-syntax',
    '--minify-whitespace',
    ...(values.target === undefined ? [] : [`--target=${values.target}`]),
    '--outfile',
    outfile,
    entry,
  ])
  if (code !== 0) throw new SetupError(`${output.trim()}\n\nBuilding the binary failed.`)
  chmodSync(outfile, 0o755)
  console.log(`parley: ${relative(process.cwd(), outfile)}, ${Math.round(statSync(outfile).size / 1e6)} MB`)
})

/** Imports each file as itself, so that the bundler puts it into the program, and lists where it then lies. */
function entryCarrying(entries) {
  const paths = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
  const imports = paths.map((path, index) => `import f${index} from ${JSON.stringify(path)} with { type: 'file' }`)
  const names = paths.map((path) => relative(webFolder, path).replaceAll('\\', '/'))
  const rows = names.map((name, index) => `  ${JSON.stringify(name)}: f${index},`)
  return `import { main } from '../main.ts'\n${imports.join('\n')}\nawait main({\n${rows.join('\n')}\n})\n`
}
