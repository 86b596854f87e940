import { existsSync } from 'node:fs'
import { readConfig } from '../../../server/src/config.ts'
import type { Finding, State } from '../../../server/src/doctor/doctor.ts'
import type { ExitCode, Verb } from '../run.ts'
import { readWords, WrongWords } from '../words.ts'

export const doctor: Verb = {
  does: 'looks for everything that is wrong, in the database and around it',
  help: `
parley doctor [--url <public address>] [--no-guest] [--json]

Says in one line each what is well, what deserves a look (warning) and what is broken (failing), with its remedy. It reads the
database of PARLEY_DATA or PARLEY_DATABASE_URL in many small transactions while the server runs, and changes nothing in it:
logs without holes, messages with their texts and events, members and roles as the log says, nothing left of what was erased.
Then the place: disk, modes of files, how long a sync takes, open files, Redis, clocks.

With --url (by default PARLEY_URL, where it is set) it also goes to the address that people type: certificate, redirect,
headers, caching, who the server takes it for, and whether a WebSocket stays open through 22 s of silence. For that it comes in
as a guest called "Doctor …" and deletes that guest again; PARLEY_DOCTOR_TOKEN, the token of a session, makes that needless,
and --no-guest leaves it out.

--json prints all of it as one JSON object. Exit code 5 when something is failing, 0 otherwise. docs/doctor.md explains each line.
`,
  async run(words) {
    const { flags, values } = readWords(words, {
      flags: ['json', 'no-guest'],
      values: ['url'],
      others: { least: 0, most: 0, called: '' },
    })
    const { PARLEY_DOCTOR_TOKEN: token, ...environment } = process.env
    const { config } = readConfig(environment)
    const url = addressOf(values.get('url')?.at(-1) ?? config.origin)
    const found: Finding[] = []
    const tell = (findings: readonly Finding[]) => {
      found.push(...findings)
      if (!flags.has('json')) for (const finding of findings) process.stdout.write(lineOf(finding))
    }
    // Loaded only here: a server that starts needs none of it.
    const { examineAddress, examineDatabaseOf, examinePlace } = await import('../../../server/src/doctor/doctor.ts')
    await examineDatabaseOf(config, tell)
    if (existsSync(config.dataFolder)) await examinePlace(config, tell)
    if (url)
      await examineAddress({ url, dataFolder: config.dataFolder, token, mayMakeGuest: !flags.has('no-guest') }, tell)
    return conclude(found, flags.has('json'))
  },
}

function addressOf(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url
  throw new WrongWords('--url is not an address such as https://chat.example.org')
}

function lineOf({ state, about, says, remedy }: Finding): string {
  const end = remedy === undefined ? '' : `. ${remedy}`
  return `${state.padEnd(7)}  ${about}: ${says.replace(/\.$/, '')}${end}\n`
}

function conclude(found: readonly Finding[], isJson: boolean): ExitCode {
  const count = (state: State) => found.filter((finding) => finding.state === state).length
  const counts = { ok: count('ok'), warning: count('warning'), failing: count('failing') }
  process.stdout.write(
    isJson
      ? `${JSON.stringify({ counts, findings: found }, null, 2)}\n`
      : `${counts.failing} failing, ${counts.warning} to look at, ${counts.ok} well\n`,
  )
  return counts.failing > 0 ? 5 : 0
}
