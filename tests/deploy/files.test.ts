import { expect, test } from 'bun:test'
import { accessSync, constants, copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readConfig } from '../../apps/server/src/config.ts'

// What people copy from deploy/ holds together: names, addresses, versions, permissions.

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const version: string = JSON.parse(read('package.json')).version

interface Service {
  readonly image: string
  readonly environment?: Record<string, string>
  readonly secrets?: string[]
  readonly volumes?: string[]
  readonly networks?: string[] | Record<string, { ipv4_address?: string }>
  readonly healthcheck?: { test: string[] }
  readonly restart?: string
  readonly stop_grace_period?: string
  readonly ports?: string[]
}
interface Compose {
  readonly services: Record<string, Service>
  readonly volumes: Record<string, unknown>
  readonly secrets: Record<string, { file: string }>
  readonly networks: Record<string, { internal?: boolean; ipam?: { config: { subnet: string }[] } }>
}

const scaled = Bun.YAML.parse(read('deploy/compose.scaled.yaml')) as Compose // as: its shape is what these tests check
const services = Object.entries(scaled.services)
const instances = services.filter(([name]) => /^parley-\d+$/.test(name))

test('the scaled set-up has two instances behind Nginx, and Nginx knows them by the same names', () => {
  expect(instances.map(([name]) => name)).toEqual(['parley-1', 'parley-2'])
  const upstreams = [...read('deploy/nginx.conf').matchAll(/^ {4}server ([\w.-]+):(\d+) (.*);$/gm)]
  expect(upstreams.map(([, name, port]) => `${name}:${port}`)).toEqual(
    [...instances, ...instances].map(([name]) => `${name}:8000`),
  )
})

test('instances trust the address that Nginx has, and no other', () => {
  const networks = scaled.services.nginx?.networks ?? {}
  if (Array.isArray(networks)) throw new Error('Nginx has no address of its own.')
  for (const [, { environment = {} }] of instances) {
    expect(environment.PARLEY_TRUSTED_PROXIES).toBe(networks.front?.ipv4_address ?? '')
    // Files of secrets are there only in the container.
    const { PARLEY_DATABASE_URL_FILE: _, PARLEY_REDIS_URL_FILE: __, ...rest } = environment
    expect(readConfig({ ...rest, PARLEY_URL: '' }).warnings).toEqual([])
  }
})

test('every service is pinned, checked, restarted and stopped in peace; only Nginx is reached from outside', () => {
  for (const [name, service] of services) {
    expect(service.image, name).toMatch(/:[^:]*\d+\.?\d*/)
    expect(service.image, name).not.toContain('latest')
    expect(service.healthcheck?.test.length, name).toBeGreaterThan(1)
    expect(service.restart, name).toBe('unless-stopped')
    expect(service.stop_grace_period, name).toBeDefined()
    expect(service.ports !== undefined, name).toBe(name === 'nginx')
  }
  expect(scaled.networks.back?.internal).toBe(true)
  expect(scaled.services.postgres?.networks).toEqual(['back'])
  expect(scaled.services.redis?.networks).toEqual(['back'])
})

test('no word of anybody lies on the disk of a container that is replaced', () => {
  expect(scaled.services.postgres?.volumes).toEqual(['postgres:/var/lib/postgresql/data'])
  for (const [name, { volumes }] of instances) expect(volumes).toEqual([`${name}:/data`])
  expect(Object.keys(scaled.volumes).sort()).toEqual(['parley-1', 'parley-2', 'postgres'])
})

test('versions named in deploy/ are this one', () => {
  for (const file of ['compose.yaml', 'deploy/compose.scaled.yaml']) {
    expect(read(file)).toContain(`\${PARLEY_IMAGE:-parley}:\${PARLEY_VERSION:-${version}}`)
  }
})

test('the secrets are made once, each its own, and out of reach of others', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-secrets-'))
  try {
    copyFileSync(join(root, 'deploy/make-secrets'), join(folder, 'make-secrets'))
    const make = () => Bun.spawnSync([join(folder, 'make-secrets')], { stdout: 'ignore' }).exitCode
    expect(make()).toBe(0)
    const secrets = join(folder, 'secrets')
    const all = () => readdirSync(secrets).map((name) => [name, readFileSync(join(secrets, name), 'utf8')] as const)
    const first = all()
    const named = Object.values(scaled.secrets).map(({ file }) => file.replace('./secrets/', ''))
    expect(first.map(([name]) => name).sort()).toEqual(named.sort())
    expect(statSync(secrets).mode & 0o777).toBe(0o700)
    const { 'postgres-password': password = '', 'redis-password': other = '', ...urls } = Object.fromEntries(first)
    expect(password).toMatch(/^[0-9a-f]{48}$/)
    expect(other).not.toBe(password)
    expect(new URL(urls['database-url'] ?? '').password).toBe(password)
    expect(new URL(urls['redis-url'] ?? '').password).toBe(other)
    expect(make()).toBe(0)
    expect(all()).toEqual(first)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the unit of systemd is one that systemd understands', () => {
  const analyze = Bun.which('systemd-analyze')
  const unit = read('deploy/parley.service')
  for (const line of ['DynamicUser=yes', 'ProtectSystem=strict', 'NoNewPrivileges=yes', 'Restart=always']) {
    expect(unit).toContain(`\n${line}\n`)
  }
  expect(Number(/^LimitNOFILE=(\d+)$/m.exec(unit)?.[1])).toBeGreaterThanOrEqual(65_536)
  // Longer than the ten seconds that Parley takes at most.
  expect(Number(/^TimeoutStopSec=(\d+)s$/m.exec(unit)?.[1])).toBeGreaterThan(10)
  if (analyze === null) return // Not a Linux with systemd.
  const folder = mkdtempSync(join(tmpdir(), 'parley-unit-'))
  try {
    for (const name of ['parley.service', 'parley@.service']) {
      copyFileSync(join(root, 'deploy/parley.service'), join(folder, name))
    }
    for (const name of ['parley.service', 'parley@1.service']) {
      const { stderr } = Bun.spawnSync([analyze, 'verify', join(folder, name)])
      const complaints = stderr
        .toString()
        .split('\n')
        .filter((line) => line.includes('parley'))
      // Only that the program is not installed here.
      expect(complaints.filter((line) => !line.includes('/opt/parley/current/parley'))).toEqual([])
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the workflows are whole, pin what they use, and run scripts that exist', () => {
  for (const name of readdirSync(join(root, '.github/workflows'))) {
    const text = read(`.github/workflows/${name}`)
    const { jobs } = Bun.YAML.parse(text) as { jobs: Record<string, { needs?: string | string[]; steps: object[] }> } // as: so they are written
    for (const [job, { needs = [], steps }] of Object.entries(jobs)) {
      for (const need of [needs].flat()) expect(Object.keys(jobs), `${name}: ${job}`).toContain(need)
      expect(steps.length, `${name}: ${job}`).toBeGreaterThan(0)
    }
    for (const [, action] of text.matchAll(/uses: (\S+)/g)) expect(action).toMatch(/@v\d/)
    for (const [script] of text.matchAll(/(?:scripts|\.ci|deploy)\/[\w.-]+/g)) accessSync(join(root, script))
  }
})

test('scripts can be run, and say how', () => {
  for (const name of ['upgrade', 'make-secrets']) accessSync(join(root, 'deploy', name), constants.X_OK)
  const help = Bun.spawnSync([join(root, 'deploy/upgrade'), '--help'])
  expect(help.stdout.toString()).toContain('deploy/upgrade --systemd')
  const wrong = Bun.spawnSync([join(root, 'deploy/upgrade'), '--sideways'])
  expect(wrong.exitCode).toBe(2)
  expect(Bun.spawnSync([join(root, 'deploy/upgrade')]).exitCode).toBe(2)
})
