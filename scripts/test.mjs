// `npm test`: everything, on real services. `npm test -- unit|simulation|journeys|<path>…` runs a part.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { bun, ensureWebBuild, prepareDependencies, root, runOrExplain, SetupError } from './setup.mjs'

const reports = join(root, 'test-results/reports')
const services = join(root, 'scripts/test-services.ts')

/** Each step runs one runner over some paths and answers with its totals. */
const steps = {
  unit: {
    title: 'unit and contract',
    run: () => bunTest('unit', ['./packages', './apps', './scripts'], ['--parallel=2']),
  },
  simulation: { title: 'simulation and faults', needsPage: true, run: () => bunTest('simulation', ['./tests']) },
  journeys: { title: 'journeys', needsPage: true, run: () => playwright([]) },
}

await runOrExplain(async () => {
  const startedAt = Date.now()
  const chosen = choose(process.argv.slice(2))
  await prepareDependencies()
  if (chosen.some(({ needsPage }) => needsPage)) await ensureWebBuild()
  await ensureServices()
  rmSync(reports, { recursive: true, force: true })
  mkdirSync(reports, { recursive: true })
  const postgres = await startPostgres()
  process.env.PARLEY_TEST_POSTGRES = postgres.url
  const totals = { passed: 0, failed: 0, skipped: 0 }
  const summary = []
  for (const { title, run } of chosen) {
    console.log(`\n── ${title} ──`)
    const stepStartedAt = Date.now()
    const { passed, failed, skipped } = await run()
    totals.passed += passed
    totals.failed += failed
    totals.skipped += skipped
    summary.push(`${title}: ${counts({ passed, failed, skipped })} (${secondsSince(stepStartedAt)} s)`)
  }
  await postgres.stop()
  console.log(`\n${summary.join('\n')}\nall in ${secondsSince(startedAt)} s`)
  console.log(counts(totals))
  const isGood = totals.failed === 0 && totals.skipped === 0 && totals.passed > 0
  process.exit(isGood ? 0 : 1)
})

function choose(words) {
  if (words.length === 0) return Object.values(steps)
  const paths = words.filter((word) => !Object.hasOwn(steps, word))
  const unknown = paths.find((path) => !existsSync(join(root, path)))
  if (unknown) throw new SetupError(`there is no ${unknown}; say ${Object.keys(steps).join(', ')} or a path`)
  const journeys = paths.filter((path) => path.includes('journeys'))
  const others = paths.filter((path) => !path.includes('journeys')).map((path) => `./${path.replace(/^\.\//, '')}`)
  const named = Object.keys(steps).filter((name) => words.includes(name))
  return [
    ...named.map((name) => steps[name]),
    ...(others.length > 0 ? [{ title: others.join(' '), run: () => bunTest('chosen', others) }] : []),
    ...(journeys.length > 0 ? [{ title: journeys.join(' '), needsPage: true, run: () => playwright(journeys) }] : []),
  ]
}

async function bunTest(name, paths, flags = []) {
  const report = join(reports, `${name}.xml`)
  const code = await show(bun, [
    'test',
    ...paths,
    '--no-orphans',
    '--timeout=20000',
    '--path-ignore-patterns=tests/journeys/**',
    '--only-failures',
    '--reporter=junit',
    `--reporter-outfile=${report}`,
    ...flags,
  ])
  return honest(code, existsSync(report) ? junitTotals(readFileSync(report, 'utf8')) : nothing())
}

async function playwright(paths) {
  const report = join(reports, 'journeys.json')
  const code = await show(
    process.execPath,
    [join(root, 'node_modules/@playwright/test/cli.js'), 'test', '-c', 'tests/playwright.config.ts', ...paths],
    { PLAYWRIGHT_JSON_OUTPUT_FILE: report },
  )
  if (!existsSync(report)) return honest(code, nothing())
  const { stats, errors } = JSON.parse(readFileSync(report, 'utf8'))
  const failed = stats.unexpected + stats.flaky + errors.length
  return honest(code, { passed: stats.expected, failed, skipped: stats.skipped })
}

function junitTotals(xml) {
  const outer = /<testsuites[^>]*>/.exec(xml)?.[0] ?? ''
  const count = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(outer)?.[1] ?? 0)
  const failed = count('failures') + count('errors')
  return { passed: count('tests') - failed - count('skipped'), failed, skipped: count('skipped') }
}

/** A runner that failed without a failing test (a file that does not load, a crash, nothing found) counts as one. */
function honest(code, totals) {
  const isSilentFailure = totals.failed === 0 && (code !== 0 || totals.passed === 0)
  return isSilentFailure ? { ...totals, failed: 1 } : totals
}

function nothing() {
  return { passed: 0, failed: 0, skipped: 0 }
}

async function ensureServices() {
  const code = await show(bun, [services, 'ensure', 'postgres', 'redis', 'nginx', 'chromium'])
  if (code !== 0) throw new SetupError('the tests cannot run without these programs')
}

/** One PostgreSQL cluster for all suites; each makes databases of its own in it. */
function startPostgres() {
  return new Promise((resolve, reject) => {
    const child = spawn(bun, [services, 'postgres'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
    const ended = new Promise((done) => child.once('exit', done))
    child.once('exit', () => reject(new SetupError('PostgreSQL did not start')))
    child.stdout.once('data', (line) => {
      const stop = () => {
        child.stdin.end()
        return ended
      }
      resolve({ url: line.toString().trim(), stop })
    })
  })
}

function show(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    })
    // Stopped half-way, the runner is stopped too and its browsers and servers with it.
    const pass = (signal) => child.kill(signal)
    process.once('SIGTERM', pass)
    child.once('error', () => resolve(1))
    child.once('exit', (code) => {
      process.off('SIGTERM', pass)
      resolve(code ?? 1)
    })
  })
}

function counts({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
}

function secondsSince(at) {
  return ((Date.now() - at) / 1000).toFixed(1)
}
