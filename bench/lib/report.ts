import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { join } from 'node:path'
import { codeCommit } from './code-commit.ts'
import { loadAverage } from './proc.ts'
import { root } from './server-process.ts'

/** What the scenario that runs has found so far, as it will stand in the document. */
let found: string[] = []

/** Prints a line that belongs to the findings. */
export function say(line: string): void {
  console.log(line)
  found.push(line)
}

/** Prints a table that belongs to the findings; its first row are the headings. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  for (const [index, row] of rows.entries()) {
    say(`| ${row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join(' | ')} |`)
    if (index === 0)
      say(`|${widths.map((width, column) => `${'-'.repeat(width + 1)}${column === 0 ? '-' : ':'}`).join('|')}|`)
  }
}

const pad = (cell: string, width: number, column: number): string =>
  column === 0 ? cell.padEnd(width) : cell.padStart(width)

/** Before the scenarios make load of their own. */
const loadBefore = loadAverage()

export interface Kept {
  readonly at: string
  readonly command: string
  /** Of the program that was measured; absent when it was not committed. */
  readonly commit?: string
  /** From the start of the bench. */
  readonly minutes?: number
  readonly machine: Readonly<Record<string, string | number>>
  readonly found: readonly string[]
  readonly result: unknown
}

const results = join(root, 'bench/results')
const document = join(root, 'docs/performance.md')

/** Keeps what was measured in `bench/results` and puts what was found into its place in `docs/performance.md`. */
export function keepResult(scenario: string, result: unknown): void {
  mkdirSync(results, { recursive: true })
  const command = ['npm run bench --', ...process.argv.slice(2)].join(' ')
  const commit = codeCommit()
  const minutes = Number((performance.now() / 60_000).toFixed(1))
  const at = new Date().toISOString()
  const kept: Kept = { at, command, ...(commit && { commit }), minutes, machine: machine(), found, result }
  writeFileSync(join(results, `${scenario}.json`), `${JSON.stringify(kept, null, 2)}\n`)
  found = []
  writeDocument()
  console.log(`\nkept in bench/results/${scenario}.json and docs/performance.md`)
}

/** What a scenario found last; undefined when it never ran here. */
export function readKept(scenario: string): Kept | undefined {
  const path = join(results, `${scenario}.json`)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Kept) : undefined // as: written by keepResult
}

/**
 * Fills every `<!-- figures: name -->` … `<!-- end -->` of the document with what that scenario found last. What was not
 * measured here stays as it is.
 */
export function writeDocument(): void {
  const text = readFileSync(document, 'utf8')
  const filled = text.replace(
    /(<!-- figures: ([\w-]+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (place: string, start: string, name: string, end: string) => {
      const kept = readKept(name)
      return kept ? `${start}\n${figures(kept)}\n\n${end}` : place
    },
  )
  if (filled !== text) writeFileSync(document, filled)
}

function figures({ at, command, machine, found }: Kept): string {
  const on = `${at.slice(0, 10)}, ${machine.cores} cores (${machine.processor}), Bun ${machine.bun}, load before ${machine.load}`
  return `\`${command}\` · ${on}\n\n${found.join('\n').trim()}`
}

export function machine(): Record<string, string | number> {
  const [first] = cpus()
  return {
    cores: cpus().length,
    processor: first?.model ?? 'unknown',
    kernel: release(),
    bun: Bun.version,
    load: loadBefore,
  }
}

export function count(value: number): string {
  if (value >= 999_500) return `${(value / 1e6).toFixed(2)} M`
  if (value >= 9_995) return `${(value / 1e3).toFixed(0)} k`
  if (value >= 995) return `${(value / 1e3).toFixed(1)} k`
  return value.toFixed(0)
}

/** A comparison that lacks a valid block on either side proves nothing and gets no figure. */
export function verdict(value: number, target: number): string {
  if (!Number.isFinite(value) || value === 0) return 'void: a side has no valid block'
  return value >= target ? `met (${value.toFixed(2)} ≥ ${target})` : `not met (${value.toFixed(2)} < ${target})`
}
