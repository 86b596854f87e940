import { afterEach, expect, test } from 'bun:test'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../scripts/services/free-port.ts'
import { temporaryDatabase } from '../support/temporary-database.ts'

// deploy/upgrade with stand-ins for `systemctl` and `docker`. The servers behind `systemctl` are real ones.

const root = fileURLToPath(new URL('../..', import.meta.url))
const upgrade = join(root, 'deploy/upgrade')
const bun = join(root, 'node_modules/.bin/bun')
const cleanups: (() => void | Promise<void>)[] = []

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), `parley-upgrade-${process.pid}-`))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

function program(path: string, text: string): void {
  writeFileSync(path, `#!/usr/bin/env bash\n${text}\n`)
  chmodSync(path, 0o755)
}

async function run(args: readonly string[], env: Record<string, string>) {
  const child = Bun.spawn([upgrade, ...args], { env, stdout: 'pipe', stderr: 'pipe' })
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { code: await child.exited, out, err }
}

/** Two services on one database, as on a machine with systemd; `start` them first. */
async function twoServices() {
  const folder = temporaryFolder()
  const database = await temporaryDatabase()
  cleanups.push(() => database.drop())
  const paths = Object.fromEntries(
    ['bin', 'home', 'settings', 'state', 'pids'].map((name) => [name, join(folder, name)]),
  )
  const { bin = '', home = '', settings = '', state = '', pids = '' } = paths
  for (const path of [bin, home, settings, state, pids]) mkdirSync(path)
  const ports = [await freePort(), await freePort()]
  writeFileSync(join(settings, 'parley.env'), `PARLEY_DATABASE_URL="${database.url}"\nPARLEY_PORT=1\n`)
  for (const [index, port] of ports.entries()) {
    writeFileSync(join(settings, `parley${index + 1}.env`), `PARLEY_PORT=${port}\n`)
  }
  const serve = `
if [ "\${1:-}" = backup ]; then env | grep ^PARLEY_ > "$2"; exit; fi
exec ${bun} ${join(root, 'apps/server/src/main.ts')}`
  const install = (version: string, text = serve) => {
    mkdirSync(join(home, version))
    program(join(home, version, 'parley'), text)
  }
  install('1.0.0')
  symlinkSync('1.0.0', join(home, 'current'))
  program(
    join(bin, 'systemctl'),
    `
if [ "$1" = list-units ]; then printf 'parley@%s.service loaded active running Parley\\n' 1 2; exit; fi
[ "$1" = restart ] || exit 2
name=\${2%.service}; name=\${name/@/}
if [ -e ${pids}/$name ]; then
  kill "$(cat ${pids}/$name)" 2> /dev/null && while kill -0 "$(cat ${pids}/$name)" 2> /dev/null; do sleep 0.02; done
fi
set -a; . ${settings}/parley.env; . ${settings}/$name.env; PARLEY_DATA=${state}/$name; set +a
${home}/current/parley > ${pids}/$name.log 2>&1 < /dev/null &
echo $! > ${pids}/$name`,
  )
  cleanups.push(() => {
    for (const name of readdirSync(pids).filter((one) => !one.endsWith('.log'))) {
      try {
        process.kill(Number(readFileSync(join(pids, name), 'utf8')), 'SIGKILL')
      } catch {
        // It has ended already.
      }
    }
  })
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    PARLEY_HOME: home,
    PARLEY_SETTINGS: settings,
    PARLEY_STATE: state,
    PARLEY_READY_FOR: '1',
    PARLEY_READY_WITHIN: '30',
  }
  const ready = async (port: number) => {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(3_000) }).catch(
      () => undefined,
    )
    return answer?.ok ?? false
  }
  return {
    install,
    home,
    state,
    serve,
    ports,
    env,
    current: () => readlinkSync(join(home, 'current')),
    async start() {
      for (const unit of ['parley@1.service', 'parley@2.service']) {
        const { exited } = Bun.spawn([join(bin, 'systemctl'), 'restart', unit], { env })
        await exited
      }
      while (!(await Promise.all(ports.map(ready))).every(Boolean)) await Bun.sleep(20)
    },
    allReady: async () => (await Promise.all(ports.map(ready))).every(Boolean),
    /** Asks both instances until told to stop: how often nobody was ready. */
    watch() {
      let isOver = false
      let times = 0
      let unserved = 0
      const done = (async () => {
        while (!isOver) {
          times += 1
          const answers = await Promise.all(ports.map(ready))
          if (!answers.includes(true)) unserved += 1
          await Bun.sleep(20)
        }
        return { times, unserved }
      })()
      return () => {
        isOver = true
        return done
      }
    },
  }
}

test('services go to the new version one after the other, and somebody is always ready', async () => {
  const services = await twoServices()
  services.install('1.1.0')
  await services.start()
  const stopWatching = services.watch()
  const { code, out, err } = await run(['--systemd', 'v1.1.0'], services.env)
  const { times, unserved } = await stopWatching()
  expect(err).toBe('')
  expect(code).toBe(0)
  expect(out).toContain('every instance runs 1.1.0')
  expect(services.current()).toBe('1.1.0')
  expect(await services.allReady()).toBe(true)
  expect(times).toBeGreaterThan(20)
  expect(unserved).toBe(0)
  const [backup = ''] = readdirSync(join(services.state, 'parley-backups'))
  expect(backup).toStartWith('before-1.1.0-')
  const surroundings = readFileSync(join(services.state, 'parley-backups', backup), 'utf8')
  expect(surroundings).toContain('PARLEY_DATABASE_URL=postgres://')
  expect(surroundings).toContain(`PARLEY_DATA=${services.state}/parley1`)
}, 60_000)

test('a version that does not become ready on the second instance is taken back from both', async () => {
  const services = await twoServices()
  const [, second] = services.ports
  services.install('1.2.0', `[ "$PARLEY_PORT" = ${second} ] && exit 1\n${services.serve}`)
  await services.start()
  const stopWatching = services.watch()
  const { code, out, err } = await run(['--systemd', '--no-backup', '1.2.0'], {
    ...services.env,
    PARLEY_READY_WITHIN: '12',
  })
  const { unserved } = await stopWatching()
  expect(code).toBe(1)
  expect(err).toContain('parley@2.service is not ready with 1.2.0')
  expect(out).toContain('all is as it was, with 1.0.0')
  expect(services.current()).toBe('1.0.0')
  expect(await services.allReady()).toBe(true)
  expect(unserved).toBe(0)
}, 60_000)

test('a binary is installed only if it is what its digest says', async () => {
  const services = await twoServices()
  await services.start()
  const binary = join(temporaryFolder(), 'parley')
  program(binary, services.serve)
  writeFileSync(`${binary}.sha256`, `${'0'.repeat(64)}  parley\n`)
  const wrong = await run(['--systemd', '--no-backup', '--from', binary, '1.3.0'], services.env)
  expect(wrong.code).toBe(1)
  expect(wrong.err).toContain('is not what its digest says')
  expect(existsSync(join(services.home, '1.3.0'))).toBe(false)
  expect(services.current()).toBe('1.0.0')

  writeFileSync(
    `${binary}.sha256`,
    `${new Bun.CryptoHasher('sha256').update(readFileSync(binary)).digest('hex')}  parley\n`,
  )
  const dry = await run(['--systemd', '--dry-run', '--from', binary, '1.3.0'], services.env)
  expect(dry.code).toBe(0)
  expect(dry.out).toContain(`would install ${binary}`)
  expect(dry.out).toContain('would run: systemctl restart parley@2.service')
  expect(services.current()).toBe('1.0.0')
  expect(existsSync(join(services.state, 'parley-backups'))).toBe(false)

  const right = await run(['--systemd', '--no-backup', '--from', binary, '1.3.0'], services.env)
  expect(right.err).toBe('')
  expect(right.code).toBe(0)
  expect(services.current()).toBe('1.3.0')
}, 60_000)

/** `docker` that keeps each service's version in a file, and never finds a version with "bad" in it ready. */
function containers() {
  const folder = temporaryFolder()
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(join(folder, 'compose.yaml'), `image: parley:\${PARLEY_VERSION:-1.0.0}\n`)
  writeFileSync(join(folder, '.env'), 'PARLEY_URL=https://chat.example.org\n')
  for (const service of ['parley-1', 'parley-2']) writeFileSync(join(folder, service), '1.0.0')
  program(
    join(bin, 'docker'),
    `
echo "$* [\${PARLEY_VERSION:-}]" >> ${folder}/calls
case "$*" in
  'image inspect parley:missing') exit 1 ;;
  'image inspect '*) ;;
  'pull '*) exit 1 ;;
  *' config --services') printf '%s\\n' nginx parley-2 postgres parley-1 ;;
  *' up '*) echo "$PARLEY_VERSION" > ${folder}/\${@: -1} ;;
  *' bun -e '*) case "$(cat ${folder}/$6)" in *bad*) exit 1 ;; esac ;;
  *' parley backup '*) [ ! -e ${folder}/full ] ;;
esac`,
  )
  const env = { PATH: `${bin}:${process.env.PATH}`, PARLEY_READY_FOR: '0', PARLEY_READY_WITHIN: '2' }
  return {
    folder,
    upgrade: (...args: string[]) => run(['--file', join(folder, 'compose.yaml'), ...args], env),
    calls: () =>
      readFileSync(join(folder, 'calls'), 'utf8')
        .split('\n')
        .filter((line) => / up /.test(line))
        .map((line) => line.replace(/.*--no-build /, '')),
    versions: () => ['parley-1', 'parley-2'].map((service) => readFileSync(join(folder, service), 'utf8').trim()),
    settings: () => readFileSync(join(folder, '.env'), 'utf8'),
  }
}

test('containers are replaced one after the other, and the version is kept', async () => {
  const { upgrade, calls, settings, versions } = containers()
  const { code, out, err } = await upgrade('2.0.0')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('1.0.0 → 2.0.0: parley-1 parley-2')
  expect(calls()).toEqual(['parley-1 [2.0.0]', 'parley-2 [2.0.0]'])
  expect(versions()).toEqual(['2.0.0', '2.0.0'])
  expect(settings()).toBe('PARLEY_URL=https://chat.example.org\nPARLEY_VERSION=2.0.0\n')
  const again = await upgrade('2.0.0')
  expect(again.out).toContain('this is 2.0.0 already')
})

test('a container that does not become ready goes back, and no other is touched', async () => {
  const { upgrade, calls, settings, versions } = containers()
  const { code, err } = await upgrade('2.0.0-bad')
  expect(code).toBe(1)
  expect(err).toContain('parley-1 is not ready with 2.0.0-bad')
  expect(calls()).toEqual(['parley-1 [2.0.0-bad]', 'parley-1 [1.0.0]'])
  expect(versions()).toEqual(['1.0.0', '1.0.0'])
  expect(settings()).not.toContain('PARLEY_VERSION')
})

test('without an image, or without a backup, nothing is touched', async () => {
  const { upgrade, calls, folder } = containers()
  const missing = await upgrade('missing')
  expect(missing.code).toBe(1)
  expect(missing.err).toContain('docker build -t parley:missing .')
  writeFileSync(join(folder, 'full'), '')
  const unsaved = await upgrade('2.0.0')
  expect(unsaved.code).toBe(1)
  expect(unsaved.err).toContain('the backup failed; nothing was changed')
  expect(calls()).toEqual([])
  writeFileSync(join(folder, 'parley-2'), 'bad')
  const unwell = await upgrade('2.0.0')
  expect(unwell.err).toContain('parley-2 is not ready as it is')
  expect(calls()).toEqual([])
})

test('a dry run says what would be done and does none of it', async () => {
  const { upgrade, calls, settings } = containers()
  const { code, out } = await upgrade('--dry-run', '2.0.0')
  expect(code).toBe(0)
  expect(out).toContain('parley backup')
  expect(out).toContain('nothing was done')
  expect(out).not.toContain('every instance runs')
  expect(out).toMatch(
    /would run: env PARLEY_VERSION=2\.0\.0 docker compose --file \S+ up .* parley-1[\s\S]*would wait until parley-1[\s\S]*docker compose --file \S+ up .* parley-2/,
  )
  // What is shown is what a shell would take: every command in it is there, with all that it needs.
  const shown = out.split('\n').flatMap((line) => /^would run: (.*)/.exec(line)?.[1] ?? [])
  for (const command of shown) expect(command).toMatch(/^(env |docker |mkdir )/)
  expect(calls()).toEqual([])
  expect(settings()).not.toContain('PARLEY_VERSION')
})

test('without docker compose, or without the file, that is said', async () => {
  const { upgrade, folder } = containers()
  const missing = await upgrade('--file', join(folder, 'nowhere.yaml'), '2.0.0')
  expect(missing).toMatchObject({
    code: 1,
    err: `parley: there is no ${join(folder, 'nowhere.yaml')}; nothing was changed\n`,
  })
  program(join(folder, 'docker'), 'exit 1')
  const { code, err } = await run(['2.0.0'], { PATH: `${folder}:${process.env.PATH}` })
  expect(code).toBe(1)
  expect(err).toBe('parley: docker compose is missing or does not answer; nothing was changed\n')
})
