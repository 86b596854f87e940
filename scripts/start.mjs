// `npm start`: from a fresh clone to a running server, with nothing but Node, npm and git.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { bun, prepare, root, runOrExplain } from './setup.mjs'

await runOrExplain(async () => {
  await prepare()
  serve(process.argv.slice(2))
})

function serve(args) {
  const server = spawn(bun, [join(root, 'apps/server/src/main.ts'), ...args], { cwd: root, stdio: 'inherit' })
  let isStopping = false
  const pass = (signal) => {
    isStopping = true
    server.kill(signal)
  }
  process.on('SIGTERM', pass)
  process.on('SIGINT', (signal) => {
    // Ctrl+C in a terminal reaches the server by itself; a second signal would mean "at once".
    if (process.stdin.isTTY) isStopping = true
    else pass(signal)
  })
  if (process.env.npm_lifecycle_event) onParentGone(() => isStopping || pass('SIGTERM'))
  server.on('error', (error) => {
    console.error(`parley: the server could not be started: ${error.message}`)
    process.exit(1)
  })
  server.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)))
}

/** npm passes signals to its shell, and the shell dies without passing them on: its end is then the signal. */
function onParentGone(act) {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    act()
  }, 250)
  watch.unref()
}
