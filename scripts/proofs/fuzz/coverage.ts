import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { plugin } from 'bun'
import { isNode, type Node, parseSource, root, visit } from '../../checks/source-file.ts'

/** How often each branch was taken since it was last looked at. */
let hits = new Uint32Array(0)

/**
 * From now on these files are loaded with a counter in each of their branches. (Jazzer.js would do the same over libFuzzer,
 * but its native part needs a C library of 2024 or later.)
 */
export function countBranches(files: readonly string[]): void {
  let count = 0
  const sources = new Map(
    files.map((path) => {
      const counted = withCounters(path, readFileSync(join(root, path), 'utf8'), count)
      count += counted.branches
      return [join(root, path), counted.text]
    }),
  )
  hits = new Uint32Array(count)
  Object.assign(globalThis, { __hits: hits })
  plugin({
    name: 'branch counters',
    setup(build) {
      const escaped = [...sources.keys()].map((path) => path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      build.onLoad({ filter: new RegExp(`^(?:${escaped.join('|')})$`) }, ({ path }) => ({
        contents: sources.get(path) ?? '',
        loader: 'ts',
      }))
    },
  })
}

/** Which branches some input was the first to take so or so often, in steps of powers of two. */
export class Seen {
  readonly #steps = new Uint32Array(hits.length)

  get branches(): { reached: number; all: number } {
    return { reached: this.#steps.filter((steps) => steps !== 0).length, all: hits.length }
  }

  /** True when the run since the last call did what none did before. */
  isNew(): boolean {
    let isNew = false
    for (let branch = 0; branch < hits.length; branch++) {
      const times = hits[branch] ?? 0
      if (times === 0) continue
      hits[branch] = 0
      const step = 1 << (31 - Math.clz32(times))
      const seen = this.#steps[branch] ?? 0
      if ((seen & step) !== 0) continue
      this.#steps[branch] = seen | step
      isNew = true
    }
    return isNew
  }
}

/** Puts `__hits[n]++` at the start of every block, and of every expression that is not always reached. */
export function withCounters(path: string, text: string, first: number): { text: string; branches: number } {
  const puts: { at: number; words: string }[] = []
  let branches = 0
  const count = () => `__hits[${first + branches++}]++`
  const wrap = (node: unknown) => {
    if (!isNode(node)) return
    puts.push({ at: node.start, words: `(${count()}, ` }, { at: node.end, words: ')' })
  }
  visit(parseSource(path, text).tree, (node) => {
    if (node.type === 'BlockStatement') puts.push({ at: node.start + 1, words: `${count()};` })
    if (node.type === 'ConditionalExpression') [node.consequent, node.alternate].forEach(wrap)
    if (node.type === 'LogicalExpression') wrap(node.right)
    if (node.type === 'ArrowFunctionExpression' && isExpression(node.body)) wrap(node.body)
    const statements = node.type === 'IfStatement' ? [node.consequent, node.alternate] : loopBody(node)
    for (const statement of statements) {
      if (!isNode(statement) || statement.type === 'BlockStatement') continue
      puts.push({ at: statement.start, words: `{${count()};` }, { at: statement.end, words: '}' })
    }
    if (node.type === 'SwitchCase' && Array.isArray(node.consequent) && isNode(node.consequent[0]))
      puts.push({ at: node.consequent[0].start, words: `${count()};` })
  })
  return { text: insert(text, puts), branches }
}

function isExpression(body: unknown): boolean {
  return isNode(body) && body.type !== 'BlockStatement'
}

function loopBody(node: Node): unknown[] {
  return /^(For|ForOf|ForIn|While)Statement$/.test(node.type) ? [node.body] : []
}

/** What ends at a place comes before what begins there, an inner end before an outer one and an outer beginning first. */
function insert(text: string, puts: readonly { at: number; words: string }[]): string {
  const isEnd = (words: string) => words === ')' || words === '}'
  const sorted = puts
    .map((put, index) => ({ ...put, isEnd: isEnd(put.words), index: isEnd(put.words) ? -index : index }))
    .sort((a, b) => a.at - b.at || Number(b.isEnd) - Number(a.isEnd) || a.index - b.index)
  let result = ''
  let from = 0
  for (const { at, words } of sorted) {
    result += text.slice(from, at) + words
    from = at
  }
  return result + text.slice(from)
}
