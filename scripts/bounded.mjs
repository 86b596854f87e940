// Programs that must end: what is started here is ended with everything it started when its time is over.
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** What is kept of the output of a program that is not shown. */
const keptChars = 100_000

/**
 * Runs a program in a process group of its own. Answers with its exit code (1 for one that could not start or was ended),
 * whether its time was over, and, unless it is `shown`, the end of what it said.
 */
export function runBounded(command, args, { limitMs, shown = true, cwd, env = {} }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe'],
      detached: true,
    })
    let output = ''
    let isTooLate = false
    const keep = (text) => {
      output = (output + text).slice(-keptChars)
    }
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', keep)
    const end = (signal) => {
      try {
        process.kill(-child.pid, signal)
      } catch {
        // It is gone already.
      }
    }
    // Stopped half-way, the program is stopped too and its browsers and servers with it.
    const passed = ['SIGTERM', 'SIGINT', 'SIGHUP']
    let isStopped = false
    const stop = (signal) => {
      isStopped = true
      end(signal)
    }
    for (const signal of passed) process.on(signal, stop)
    const timer = setTimeout(() => {
      isTooLate = true
      console.log(stillRunning(child.pid))
      end('SIGKILL')
    }, limitMs)
    const done = (code) => {
      clearTimeout(timer)
      for (const signal of passed) process.off(signal, stop)
      resolve({ code: code ?? 1, output, isTooLate })
    }
    child.once('error', () => done(1))
    child.once('exit', (code) => {
      end('SIGKILL') // What it left behind.
      if (isStopped) process.exit(1)
      setTimeout(() => done(code), shown ? 0 : 20) // Its last words may still be on the way.
    })
  })
}

/** A line for each process of the group and what the kernel has it wait for; nothing on systems without /proc. */
function stillRunning(group) {
  const lines = []
  for (const pid of processes()) {
    try {
      const [state, , ofGroup] = read(pid, 'stat').split(') ').at(-1).split(' ')
      if (Number(ofGroup) !== group) continue
      const threads = readdirSync(`/proc/${pid}/task`).map((thread) => read(pid, `task/${thread}/wchan`) || 'running')
      const command = read(pid, 'cmdline').replaceAll('\0', ' ').slice(0, 200)
      lines.push(`  ${pid} ${state} ${[...new Set(threads)].join(',')} ${command}`)
    } catch {
      // Not a process, or it has just ended.
    }
  }
  return `Still running:\n${lines.join('\n')}`
}

function processes() {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

function read(pid, name) {
  return readFileSync(`/proc/${pid}/${name}`, 'utf8')
}
