import { accessSync, constants, existsSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

/** A system program that tests use, how to find it, and what brings it. */
type Program = {
  find: () => string | undefined // the path of the executable
  packages: { apt: string; dnf: string; pacman: string; brew: string }
}

const oldestPostgres = 15
/** Chromium without windows to dress: the journeys take about a fifth less processor time. */
const CHROMIUM_SHELL = 'chromium-headless-shell'

const programs = {
  postgres: {
    find: findPostgres,
    packages: { apt: 'postgresql', dnf: 'postgresql-server', pacman: 'postgresql', brew: 'postgresql@17' },
  },
  redis: {
    find: () => onPath('redis-server') ?? onPath('valkey-server'),
    packages: { apt: 'redis-server', dnf: 'redis', pacman: 'valkey', brew: 'redis' },
  },
  nginx: {
    find: () => onPath('nginx'),
    packages: { apt: 'nginx-light', dnf: 'nginx', pacman: 'nginx', brew: 'nginx' },
  },
  slowhttptest: {
    find: () => onPath('slowhttptest'),
    packages: { apt: 'slowhttptest', dnf: 'slowhttptest', pacman: 'slowhttptest', brew: 'slowhttptest' },
  },
  chromium: {
    find: findChromium,
    packages: {
      apt: 'chromium-headless-shell fonts-liberation',
      dnf: 'chromium',
      pacman: 'chromium',
      brew: 'chromium',
    },
  },
  cc: {
    find: findCompiler,
    packages: { apt: 'gcc libc6-dev', dnf: 'gcc glibc-devel', pacman: 'gcc', brew: 'gcc' },
  },
} as const satisfies Record<string, Program>

export type ProgramName = keyof typeof programs
export const programNames = Object.keys(programs).filter(isProgramName)

export function isProgramName(name: string): name is ProgramName {
  return Object.hasOwn(programs, name)
}

/** The path of a program, or an error that names the one command which brings it. */
export function programPath(name: ProgramName): string {
  const path = programs[name].find()
  if (path === undefined) throw new MissingPrograms([name])
  return path
}

/** Finds every program named; as root on Debian it installs what is missing, elsewhere it throws `MissingPrograms`. */
export function ensurePrograms(names: readonly ProgramName[]): void {
  if (names.includes('chromium')) tryForShell()
  const missing = names.filter((name) => programs[name].find() === undefined)
  if (missing.length === 0) return
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) throw new MissingPrograms(missing)
  installOnDebian(missing.flatMap((name) => programs[name].packages.apt.split(' ')))
  const still = names.filter((name) => programs[name].find() === undefined)
  if (still.length > 0) throw new MissingPrograms(still)
}

/** Where it costs one command and nobody's leave; without it any Chromium serves. */
function tryForShell(): void {
  if (onPath(CHROMIUM_SHELL) || process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return
  try {
    installOnDebian([CHROMIUM_SHELL, 'fonts-liberation'])
  } catch {
    console.log(`${CHROMIUM_SHELL} could not be installed; the whole Chromium does as well`)
  }
}

export class MissingPrograms extends Error {
  constructor(names: readonly ProgramName[]) {
    super(`the tests need ${names.join(', ')}. Install with:\n\n  ${installCommand(names)}\n`)
  }
}

function installCommand(names: readonly ProgramName[]): string {
  const packages = (manager: keyof Program['packages']) =>
    names.map((name) => programs[name].packages[manager]).join(' ')
  if (process.platform === 'darwin') return `brew install ${packages('brew')}`
  if (onPath('dnf')) return `sudo dnf install -y ${packages('dnf')}`
  if (onPath('pacman')) return `sudo pacman -S --needed ${packages('pacman')}`
  return `sudo apt-get install -y --no-install-recommends ${packages('apt')}`
}

function installOnDebian(packages: string[]): void {
  console.log(`installing ${packages.join(', ')} …`)
  // The tests start servers of their own; this keeps the packages from starting theirs.
  const policy = '/usr/sbin/policy-rc.d'
  const isOurs = !existsSync(policy)
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    aptGet('update', '-qq')
    aptGet('install', '-y', '-qq', '--no-install-recommends', ...packages)
  } finally {
    if (isOurs) rmSync(policy)
  }
}

function aptGet(...args: string[]): void {
  const { exitCode, stdout, stderr } = Bun.spawnSync(['apt-get', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (exitCode !== 0) throw new Error(`apt-get ${args.join(' ')} failed:\n${stdout}${stderr}`)
}

function findPostgres(): string | undefined {
  const fromPath = onPath('postgres')
  const folders = [
    ...(fromPath ? [dirname(realpathSync(fromPath))] : []),
    ...versionedFolders('/usr/lib/postgresql', /^\d+$/, 'bin'),
    ...versionedFolders('/usr', /^pgsql-\d+$/, 'bin'),
    ...versionedFolders('/opt/homebrew/opt', /^postgresql@\d+$/, 'bin'),
    ...versionedFolders('/usr/local/opt', /^postgresql@\d+$/, 'bin'),
  ]
  return folders.map((folder) => join(folder, 'postgres')).find(isGoodPostgres)
}

function isGoodPostgres(path: string): boolean {
  if (!isExecutable(path) || !isExecutable(join(dirname(path), 'initdb'))) return false
  const version = /\(PostgreSQL\) (\d+)/.exec(Bun.spawnSync([path, '--version']).stdout.toString())
  return Number(version?.[1] ?? 0) >= oldestPostgres
}

function findChromium(): string | undefined {
  const names = [CHROMIUM_SHELL, 'chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
  const onMac = ['Chromium', 'Google Chrome'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`)
  return names.map(onPath).find((path) => path !== undefined) ?? onMac.find(isExecutable)
}

/** One that can compile: on Debian the headers are a package of their own. */
function findCompiler(): string | undefined {
  const compiler = ['cc', 'gcc', 'clang'].map(onPath).find((path) => path !== undefined)
  return process.platform !== 'linux' || existsSync('/usr/include/dlfcn.h') ? compiler : undefined
}

function versionedFolders(parent: string, name: RegExp, child: string): string[] {
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .filter((entry) => name.test(entry))
    .sort((a, b) => Number(b.replace(/\D/g, '')) - Number(a.replace(/\D/g, '')))
    .map((entry) => join(parent, entry, child))
}

function onPath(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false // Not there, or not for us: either way it cannot be run.
  }
}
