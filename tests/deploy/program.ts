import { existsSync } from 'node:fs'

/** A server that runs as a program of its own, started as somebody who deploys it would. */
export interface Program {
  readonly url: string
  readonly port: number
  readonly pid: number
  readonly output: () => string
  /** SIGTERM; the exit code. */
  stop(): Promise<number>
  kill9(): Promise<void>
  readonly exited: Promise<number>
}

const running = new Set<Program>()
// So that a test run that is itself killed leaves no server behind.
const dieWithParent = existsSync('/usr/bin/setpriv') ? ['/usr/bin/setpriv', '--pdeathsig=KILL'] : []

/** Starts it with exactly this environment, and waits until it says where it is open. */
export async function startProgram(options: {
  readonly command: readonly string[]
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
}): Promise<Program> {
  const child = Bun.spawn([...dieWithParent, ...options.command], {
    cwd: options.folder,
    env: options.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const port = await new Promise<number>((resolve, reject) => {
    const keep = (text: string) => {
      output += text
      const [, found] = /"port":(\d+),"msg":"Parley is open/.exec(output) ?? []
      if (found !== undefined) resolve(Number(found))
    }
    const ends = Promise.all([read(child.stdout, keep), read(child.stderr, keep)])
    ends.then(() => reject(new Error(`It ended instead of starting:\n${output}`)), reject)
  })
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    running.delete(program)
    child.kill(signal)
    return child.exited
  }
  const program: Program = {
    url: `http://127.0.0.1:${port}`,
    port,
    pid: child.pid,
    output: () => output,
    stop: () => end('SIGTERM'),
    kill9: async () => void (await end('SIGKILL')),
    exited: child.exited,
  }
  running.add(program)
  return program
}

async function read(stream: ReadableStream<Uint8Array>, keep: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder()
  for await (const chunk of stream) keep(decoder.decode(chunk, { stream: true }))
}

/** For `afterAll`: ends whatever still runs. */
export async function stopPrograms(): Promise<void> {
  await Promise.all([...running].map((program) => program.kill9()))
}

/** Asks over HTTP, as a script would; anything but success is an error. */
// biome-ignore lint/suspicious/noExplicitAny: the answers of many commands, looked into by tests only
export async function call(url: string, name: string, input: object, token?: string, kind = 'commands'): Promise<any> {
  const headers = {
    'content-type': 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }
  const response = await fetch(`${url}/api/${kind}/${name}`, { method: 'POST', headers, body: JSON.stringify(input) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${name} answered ${response.status}: ${text}`)
  return JSON.parse(text)
}
