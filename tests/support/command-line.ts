import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Truth } from './final-log.ts'

export interface Said {
  readonly code: number | null
  readonly output: string
}

/** `parley <words>` for a server's data, as its owner would say it. */
export function parley(truth: Truth, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const address = truth.databaseUrl === undefined ? {} : { PARLEY_DATABASE_URL: truth.databaseUrl }
  const child = spawn(join(root, 'node_modules/.bin/bun'), [join(root, 'apps/cli/src/main.ts'), ...words], {
    env: {
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      PARLEY_DATA: truth.dataFolder,
      ...address,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output += text
    })
  }
  const ended = new Promise<Said>((resolve) => child.once('close', (code) => resolve({ code, output })))
  return { child, ended, output: () => output }
}

const root = fileURLToPath(new URL('../..', import.meta.url))
