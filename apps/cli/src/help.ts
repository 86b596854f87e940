import type { Verb } from './run.ts'

export function overview(verbs: Readonly<Record<string, Verb>>): string {
  const width = Math.max(...[...Object.keys(verbs), 'version'].map((name) => name.length))
  const lines = Object.entries(verbs).map(([name, { does }]) => `  ${name.padEnd(width)}  ${does}`)
  return `Parley, a chat of your own.

  parley <verb> [what it needs]

${lines.join('\n')}
  ${'help'.padEnd(width)}  says more about a verb: parley help backup
  ${'version'.padEnd(width)}  which Parley this is

From the repository: npm run --silent parley -- <verb>.
Settings are environment variables, the same for the server and for these verbs, above all PARLEY_DATA (the data
folder, "data" by default) and PARLEY_DATABASE_URL; docs/self-hosting.md lists them.
Exit codes: 0 done, 1 could not be done, 2 wrong words, 3 a backup is damaged, 4 a promise was broken,
5 the doctor found something failing.
`
}

export function help(verb: Verb): string {
  return `${verb.help.trim()}\n`
}
