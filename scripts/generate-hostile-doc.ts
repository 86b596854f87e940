import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ABUSES, type Abuse } from '../tests/hostile/abuses.ts'
import { root } from './checks/source-file.ts'

// The tables of docs/hostile-input.md, from the list that tests/hostile/frame-abuse.test.ts holds a real server against.

export const path = join(root, 'docs/hostile-input.md')
const BEGIN = '<!-- abuses: made by scripts/generate-hostile-doc.ts -->'
const END = '<!-- end of abuses -->'

/** The document with the tables as they ought to be. */
export function hostileInputDocument(text: string): string {
  const from = text.indexOf(BEGIN)
  const to = text.indexOf(END)
  if (from === -1 || to < from) throw new Error(`${path} has lost the marks between which the tables stand.`)
  return `${text.slice(0, from + BEGIN.length)}\n${tables()}\n${text.slice(to)}`
}

function tables(): string {
  const groups = [...new Set(ABUSES.map(({ group }) => group))]
  return groups
    .map((group) =>
      table(
        group,
        ABUSES.filter((abuse) => abuse.group === group),
      ),
    )
    .join('\n')
}

function table(group: string, abuses: readonly Abuse[]): string {
  const rows = abuses.map(({ name, answer, by, note }) => `| ${name} | ${words(answer)} | ${by} | ${note ?? ''} |`)
  return `\n### ${group}\n\n| abuse | answer | by | |\n|---|---|---|---|\n${rows.join('\n')}\n`
}

function words(answer: Abuse['answer']): string {
  if (typeof answer === 'number') return `closed with ${answer}`
  if (answer === 'cut') return 'cut without a close frame'
  if (answer === 'goes on') return 'goes on'
  return answer.startsWith('goes on: ') ? `goes on; answered \`${answer.slice(9)}\`` : answer
}

if (import.meta.main) {
  const text = readFileSync(path, 'utf8')
  const wanted = hostileInputDocument(text)
  const isCheck = process.argv.includes('--check')
  if (!isCheck) writeFileSync(path, wanted)
  else if (text !== wanted) {
    console.error('docs/hostile-input.md is not what the list of abuses says: run bun scripts/generate-hostile-doc.ts')
    process.exit(1)
  }
}
