// What `npm start` and `npm test` need before anything else can run: dependencies and the web build. Plain Node without
// a dependency, because on a fresh clone nothing is installed yet.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compressFolder } from './compress.mjs'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const bun = join(root, 'node_modules/bun/bin/bun.exe') // The package uses this name on every system.

const oldestNode = 20
const webFolder = join(root, 'apps/web')
const buildFolder = join(webFolder, 'dist')
/** All that the web build is made of; a change in any of it makes the build stale. */
const buildSources = [
  'apps/web',
  'packages/client',
  'packages/protocol',
  'scripts/compress.mjs',
  'tsconfig.base.json',
  'package-lock.json',
]
const notSources = /^(node_modules|dist|\.cache)$|\.test\.tsx?$/

/** An expected failure: its message is all that a person needs to see. */
export class SetupError extends Error {}

export async function prepare() {
  await prepareDependencies()
  await ensureWebBuild()
}

export async function prepareDependencies() {
  demandNode()
  await ensureDependencies()
}

/** Runs `main`, telling an expected failure in plain words. */
export async function runOrExplain(main) {
  try {
    await main()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    console.error(`parley: ${error.message}`)
    process.exit(1)
  }
}

function demandNode() {
  const major = Number.parseInt(process.versions.node, 10)
  if (major >= oldestNode) return
  throw new SetupError(
    `Node ${oldestNode} or newer is needed, this is ${process.version}. Get it from https://nodejs.org/`,
  )
}

async function ensureDependencies() {
  const stamp = join(root, 'node_modules/.parley-stamp')
  const wanted = hashOf(readFileSync(join(root, 'package-lock.json')), process.platform, process.arch)
  if (readOr(stamp, '') !== wanted) {
    if (!matchesLockFile()) await install()
    writeFileSync(stamp, wanted)
  }
  await ensureBun()
}

async function install() {
  console.log('parley: installing dependencies …')
  // npm tells its scripts where it lies itself; without it (node scripts/start.mjs) the shell finds it.
  const npm = process.env.npm_execpath
  const [command, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []]
  const { code, output } = await run(command, [...first, 'ci', '--include=dev', '--no-progress', '--loglevel=error'])
  if (code === 0) return
  throw new SetupError(
    `${output.trim()}\n\nInstalling the dependencies failed (npm ci, exit ${code}). Is the npm registry within reach?`,
  )
}

/** Whether somebody's own `npm install` has brought exactly what the lock file names. */
function matchesLockFile() {
  const installed = readOr(join(root, 'node_modules/.package-lock.json'))
  if (installed === undefined) return false
  const there = JSON.parse(installed).packages
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/') || entry.link) return true
    const found = there[path]
    return found ? found.version === entry.version && found.integrity === entry.integrity : entry.optional === true
  })
}

/** Where installation scripts are switched off, the runtime's own step is made up for. */
async function ensureBun() {
  if (existsSync(bun) && statSync(bun).size > 1_000_000) return
  const { code, output } = await run(process.execPath, [join(root, 'node_modules/bun/install.js')])
  if (code !== 0)
    throw new SetupError(
      `${output.trim()}\n\nThe Bun runtime could not be set up; remove node_modules and start again.`,
    )
}

export async function ensureWebBuild() {
  const wanted = hashOf(...buildSources.flatMap((source) => contentsOf(join(root, source))))
  if (readOr(join(buildFolder, '.stamp')) === wanted) return
  console.log('parley: building the web client …')
  // Built aside and swapped in whole, so that a running server never serves half a build.
  const fresh = join(webFolder, `.cache/build-${process.pid}`)
  const old = join(webFolder, `.cache/old-${process.pid}`)
  mkdirSync(join(webFolder, '.cache'), { recursive: true })
  try {
    const { code, output } = await run(
      buildRuntime(),
      [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn'],
      { cwd: webFolder, env: { ...process.env, NODE_ENV: 'production', PARLEY_BUILD: wanted.slice(0, 16) } },
    )
    if (code !== 0) throw new SetupError(`${output.trim()}\n\nBuilding the web client failed.`)
    await compressFolder(fresh)
    writeFileSync(join(fresh, '.stamp'), wanted)
    if (existsSync(buildFolder)) renameSync(buildFolder, old)
    renameSync(fresh, buildFolder)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
    rmSync(old, { recursive: true, force: true })
  }
}

/** The bundler wants Node 20.19, 22.12 or newer; the first releases of those lines build with Bun. */
function buildRuntime() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const isTooOld = (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12)
  return isTooOld ? bun : process.execPath
}

export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && command === 'npm',
      ...options,
    })
    const chunks = []
    child.stdout?.on('data', (chunk) => chunks.push(chunk))
    child.stderr?.on('data', (chunk) => chunks.push(chunk))
    child.on('error', (error) => resolve({ code: 1, output: error.message }))
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }))
  })
}

function contentsOf(path) {
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [relative(root, path), readFileSync(path)]
  return readdirSync(path)
    .sort()
    .filter((name) => !notSources.test(name))
    .flatMap((name) => contentsOf(join(path, name)))
}

function hashOf(...parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex')
}

function readOr(path, otherwise) {
  return existsSync(path) ? readFileSync(path, 'utf8') : otherwise
}
