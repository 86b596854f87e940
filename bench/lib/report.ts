import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { join } from 'node:path'
import { loadAverage } from './proc.ts'
import { root } from './server-process.ts'

/** Prints a table whose first row are the headings. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  for (const [index, row] of rows.entries()) {
    console.log(`| ${row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join(' | ')} |`)
    if (index === 0)
      console.log(`|${widths.map((width, column) => `${'-'.repeat(width + 1)}${column === 0 ? '-' : ':'}`).join('|')}|`)
  }
}

const pad = (cell: string, width: number, column: number): string =>
  column === 0 ? cell.padEnd(width) : cell.padStart(width)

/** Keeps what was measured in `bench/results`, for the tables of `docs/performance.md`. */
export function keepResult(scenario: string, result: unknown): void {
  const folder = join(root, 'bench/results')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${scenario}.json`)
  writeFileSync(path, `${JSON.stringify({ at: new Date().toISOString(), machine: machine(), result }, null, 2)}\n`)
  console.log(`\nkept in bench/results/${scenario}.json`)
}

export function machine(): Record<string, string | number> {
  const [first] = cpus()
  return {
    cores: cpus().length,
    processor: first?.model ?? 'unknown',
    kernel: release(),
    bun: Bun.version,
    load: loadAverage(),
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
