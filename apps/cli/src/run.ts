import { nearest } from '../../server/src/nearest.ts'
import { keepFilesPrivate } from '../../server/src/runtime/files.ts'
import { StartError } from '../../server/src/start-error.ts'
import project from '../package.json' with { type: 'json' }
import { help, overview } from './help.ts'
import { backup } from './verbs/backup.ts'
import { check } from './verbs/check.ts'
import { doctor } from './verbs/doctor.ts'
import { erase } from './verbs/erase.ts'
import { migrate } from './verbs/migrate.ts'
import { restore } from './verbs/restore.ts'
import { serve } from './verbs/serve.ts'
import { verify } from './verbs/verify.ts'
import { WrongWords } from './words.ts'

/** 0: done. 1: it could not be done, and why was said. 2: the words were wrong. 3: a backup is damaged. 4: a promise was broken. 5: something is failing. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5

export interface Verb {
  /** One line for the overview. */
  readonly does: string
  readonly help: string
  /** Undefined: goes on by itself, as a server does. */
  readonly run: (words: readonly string[]) => Promise<ExitCode | undefined>
}

const VERBS: Readonly<Record<string, Verb>> = { serve, backup, verify, restore, migrate, check, doctor, erase }

/** What `parley <words>` does; alone it serves. */
export async function run(words: readonly string[]): Promise<ExitCode | undefined> {
  const [first = 'serve', ...rest] = words
  if (['help', '--help', '-h'].includes(first)) return showHelp(rest[0])
  if (['version', '--version', '-v'].includes(first)) return showVersion()
  const verb = Object.hasOwn(VERBS, first) ? VERBS[first] : undefined
  if (!verb) return complain(first)
  keepFilesPrivate()
  if (rest.includes('--help') || rest.includes('-h')) return showHelp(first)
  try {
    return await verb.run(rest)
  } catch (error) {
    if (error instanceof WrongWords) {
      say(`parley ${first}: ${error.message}`)
      say(`Say "parley help ${first}" for what can be said.`)
      return 2
    }
    if (!(error instanceof StartError)) throw error
    for (const line of error.message.split('\n')) say(`parley: ${line}`)
    return 1
  }
}

function showHelp(name: string | undefined): ExitCode {
  if (name === undefined || name === 'help') {
    process.stdout.write(overview(VERBS))
    return 0
  }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
  if (!verb) return complain(name)
  process.stdout.write(help(verb))
  return 0
}

function showVersion(): ExitCode {
  process.stdout.write(`parley ${project.version}\n`)
  return 0
}

function complain(word: string): ExitCode {
  const near = nearest(word, [...Object.keys(VERBS), 'help', 'version'])
  say(`parley: "${word}" is not something I can do${near === undefined ? '' : `; did you mean "${near}"?`}`)
  say('Say "parley help" for what I can.')
  return 2
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
