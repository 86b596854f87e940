import { isatty } from 'node:tty'
import { pino } from 'pino'

export type Log = Pick<pino.Logger, 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'>

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

// What could sign somebody in, wherever in a record it stands.
const SECRETS = ['cookie', 'authorization', 'password', 'token', 'secret', 'databaseUrl', 'redisUrl'].flatMap(
  (name) => [name, `*.${name}`, `*.*.${name}`],
)

/** One JSON object per line; for people at a terminal, one readable line. */
export function openLog(level: LogLevel, write: (line: string) => void = writeToStdout): Log {
  return pino({ level, base: null, redact: { paths: SECRETS, censor: '(hidden)' } }, { write })
}

function writeToStdout(line: string): void {
  process.stdout.write(isatty(1) ? readable(line) : line)
}

/** `12:34:56 warn  Redis is away {"since":…}` */
export function readable(line: string): string {
  const { level, time, msg, err, ...rest }: LogRecord = JSON.parse(line)
  const at = new Date(time).toTimeString().slice(0, 8)
  const more = Object.keys(rest).length > 0 ? ` ${JSON.stringify(rest)}` : ''
  const stack = err?.stack ? `\n${err.stack}` : ''
  return `${at} ${(LEVEL_NAMES[level] ?? String(level)).padEnd(5)} ${msg ?? ''}${more}${stack}\n`
}

type LogRecord = { level: number; time: number; msg?: string; err?: { stack?: string } }

const LEVEL_NAMES: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}
