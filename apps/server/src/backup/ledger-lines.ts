import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StartError } from '../start-error.ts'
import type { LedgerLine } from '../storage/transaction.ts'

export interface Ledger {
  /** Where it was read. */
  readonly from: string
  readonly ids: readonly string[]
  readonly lines: readonly LedgerLine[]
  /** Numbers of lines that nobody can read, the torn last one left out. */
  readonly broken: readonly number[]
  /** `from` is a folder without a ledger: the file comes with the first erasure. */
  readonly isAbsent?: boolean
}

/** A ledger's file, or `erased.jsonl` in a folder, which has none as long as nothing was erased. Errors: `StartError`. */
export async function readLedger(path: string): Promise<Ledger> {
  if (!existsSync(path)) throw new StartError(`There is no ledger at ${path}.`)
  const file = statSync(path).isDirectory() ? join(path, 'erased.jsonl') : path
  if (!existsSync(file)) return { from: path, ids: [], lines: [], broken: [], isAbsent: true }
  return parseLedger(file, await readFile(file, 'utf8'))
}

/** A crash may tear the last line: what it names was not erased then, because the line is synced before the commit. */
export function parseLedger(from: string, text: string): Ledger {
  const ids: string[] = []
  const lines: LedgerLine[] = []
  const broken: number[] = []
  const all = text.split('\n')
  all.forEach((line, index) => {
    if (line.trim() === '') return
    const parsed = parsedLine(line)
    if (typeof parsed === 'string') ids.push(parsed)
    else if (parsed) lines.push(parsed)
    else if (index < all.length - 1) broken.push(index + 1)
  })
  return { from, ids, lines, broken }
}

const KINDS: readonly string[] = ['room', 'person', 'name', 'message'] satisfies readonly LedgerLine['kind'][]

/** A line, or the id of the ledger where it introduces itself. */
function parsedLine(line: string): LedgerLine | string | undefined {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value !== 'object' || value === null) return undefined
    if ('ledger' in value) return String(value.ledger)
    if (!('kind' in value && 'id' in value && 'at' in value)) return undefined
    const { kind, id, at } = value
    const isKnown = typeof kind === 'string' && KINDS.includes(kind)
    // as: `KINDS` holds exactly these.
    return isKnown && typeof id === 'string' && typeof at === 'number' ? ({ kind, id, at } as LedgerLine) : undefined
  } catch {
    return undefined
  }
}
