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
  const stop = () => server.kill('SIGTERM')
  process.on('SIGTERM', stop)
  process.on('SIGHUP', stop)
  // Ctrl+C in a terminal reaches the server by itself; a second signal from here would look like impatience.
  process.on('SIGINT', () => process.stdin.isTTY || server.kill('SIGINT'))
  if (process.env.npm_lifecycle_event) stopWithParent(stop)
  server.on('error', (error) => {
    console.error(`parley: the server could not be started: ${error.message}`)
    process.exit(1)
  })
  server.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1)))
}

/** npm passes signals to its shell, and the shell dies without passing them on: its end is then the signal. */
function stopWithParent(stop) {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    stop()
  }, 250)
  watch.unref()
}
