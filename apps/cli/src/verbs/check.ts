import { reportInWords } from '../check/report.ts'
import { runCheck } from '../check/run-check.ts'
import { progressBar } from '../progress-bar.ts'
import type { ExitCode, Verb } from '../run.ts'
import { pathOf, readWords, type Words, WrongWords } from '../words.ts'

const BROKEN = 4

export const check: Verb = {
  does: "checks a running server's promises, by people and rooms of its own",
  help: `
parley check --url https://chat.example [--seconds 15] [--people 8] [--rooms 3] [--rate 20] [--invitation <link or code>]
             [--register] [--seed <number>] [--json] [--keep-history <file>]

Points the history checker at a server, from outside, as anybody could: guests of its own make rooms of their own, talk,
edit, delete, react, walk about, leave, are removed and come back, while their lines are cut and what they said is sent again
over other connections. Then it judges by twelve invariants whether anything was lost, doubled, out of order, invented, or
told to somebody who should not know, and removes its rooms and guests again, also when it is stopped with Ctrl+C.

--seconds    how long they talk, at most 300
--people     how many, 2 to 50; two more only read and listen
--rooms      in how many rooms, 1 to 10; everybody sees them in the lobby meanwhile
--rate       posts and changes in a second, of all together, at most 50; when the server says that it is busy, they slow down
--invitation a link to the server, where people come in by invitation; it needs as many uses as --people, and two more
--register   accounts instead of guests, where no guests are let in
--seed       makes the same choices again (what the network does is not chosen)
--json       one JSON object on standard output, for programs
--keep-history  everything that was seen and judged, as JSON lines

Exit code 4 when a promise was broken; 1 when nothing could be judged, or when something could not be removed.
`,
  async run(words) {
    const { values, flags } = readWords(words, {
      flags: ['json', 'register'],
      values: ['url', 'seconds', 'people', 'rooms', 'rate', 'invitation', 'seed', 'keep-history'],
      others: { least: 0, most: 0, called: '' },
    })
    const [keepHistory] = values.get('keep-history') ?? []
    const ask = {
      url: originIn(values),
      seconds: numberIn(values, 'seconds', { least: 1, most: 300, usual: 15 }),
      people: numberIn(values, 'people', { least: 2, most: 50, usual: 8 }),
      rooms: numberIn(values, 'rooms', { least: 1, most: 10, usual: 3 }),
      rate: numberIn(values, 'rate', { least: 1, most: 50, usual: 20 }),
      seed: numberIn(values, 'seed', { least: 1, most: 0xffff_ffff, usual: 1 + Math.floor(Math.random() * 1e9) }),
      invitation: values.get('invitation')?.[0],
      registers: flags.has('register'),
      keepHistory: keepHistory === undefined ? undefined : pathOf(keepHistory),
    }
    process.stderr.write(`Checking ${ask.url} with seed ${ask.seed}. Ctrl+C stops it, and removes what it made.\n`)
    const bar = progressBar()
    const stop = stoppedByKey()
    try {
      const report = await runCheck(ask, { progress: bar.progress, signal: stop.signal })
      bar.end()
      process.stdout.write(flags.has('json') ? `${JSON.stringify(report, null, 2)}\n` : reportInWords(report))
      return exitCode(report)
    } finally {
      bar.end()
      stop.end()
    }
  },
}

function exitCode({ isGood, removal }: { isGood: boolean; removal: { left: readonly string[] } }): ExitCode {
  if (!isGood) return BROKEN
  return removal.left.length === 0 ? 0 : 1
}

function originIn(values: Words['values']): string {
  const [url] = values.get('url') ?? []
  if (url === undefined) throw new WrongWords('say which server, with --url https://chat.example')
  const parsed = URL.parse(/^[a-z]+:\/\//i.test(url) ? url : `https://${url}`)
  if (!parsed || !/^https?:$/.test(parsed.protocol))
    throw new WrongWords(`--url ${url} is not an address like https://chat.example`)
  return parsed.origin
}

function numberIn(
  values: Words['values'],
  name: string,
  { least, most, usual }: { least: number; most: number; usual: number },
): number {
  const [word] = values.get(name) ?? []
  if (word === undefined) return usual
  const number = Number(word)
  if (!Number.isInteger(number) || number < least || number > most) {
    throw new WrongWords(
      `--${name} is a whole number from ${least.toLocaleString('en')} to ${most.toLocaleString('en')}`,
    )
  }
  return number
}

/** The first Ctrl+C ends the check and lets it remove what it made; a second one ends it at once. */
function stoppedByKey(): { signal: AbortSignal; end(): void } {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) {
      process.stderr.write(
        '\nparley check: Stopped at once. What it made is still there: rooms and guests called "check …".\n',
      )
      process.exit(1)
    }
    process.stderr.write('\nStopping. What was made is removed first; press Ctrl+C again to leave it there.\n')
    controller.abort()
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, stop)
  return {
    signal: controller.signal,
    end: () => {
      for (const signal of signals) process.off(signal, stop)
    },
  }
}
