import { check } from 'recheck'
import { isNode, isTest, listSources, type Node, readSource, type SourceFile, visit } from './source-file.ts'

/** What comes before a comment's reason why a pattern may stay although it was not found to be linear. */
const REASON = /\bpattern: (.+)/su

/**
 * Every regular expression of code that ships takes time in proportion to its input, or says why that does not matter: in a comment
 * `pattern: <reason>` on its line or the line above. Patterns that are put together at run time say it always.
 */
export async function findSlowPatterns(file: SourceFile): Promise<string[]> {
  const explained = new Set<number>()
  for (const comment of file.comments) {
    if (!REASON.test(comment.value)) continue
    explained.add(file.lineAt(comment.start)).add(file.lineAt(comment.end) + 1)
  }
  const faults: string[] = []
  for (const { line, pattern, flags } of patternsIn(file)) {
    if (explained.has(line)) continue
    const problem = pattern === undefined ? 'is made at run time' : await verdict(pattern, flags)
    if (problem !== undefined) faults.push(`${file.path}:${line}: /${pattern ?? '…'}/${flags} ${problem}`)
  }
  return faults
}

export async function checkPatterns(): Promise<string[]> {
  const faults: string[] = []
  for (const path of listSources()) if (!isTest(path)) faults.push(...(await findSlowPatterns(readSource(path))))
  return faults
}

export interface Pattern {
  readonly line: number
  /** Undefined when it is not written out. */
  readonly pattern: string | undefined
  readonly flags: string
}

/** Literals, `RegExp(…)` and `new RegExp(…)`. */
export function patternsIn(file: SourceFile): Pattern[] {
  const found: Pattern[] = []
  visit(file.tree, (node) => {
    const line = file.lineAt(node.start)
    const literal = literalOf(node)
    if (literal) found.push({ line, ...literal })
    else if (isConstructor(node)) {
      const [pattern, flags] = Array.isArray(node.arguments) ? node.arguments.map(textOf) : []
      found.push({ line, pattern, flags: flags ?? '' })
    }
  })
  return found
}

function literalOf(node: Node): { pattern: string; flags: string } | undefined {
  if (node.type !== 'Literal' || typeof node.regex !== 'object' || node.regex === null) return undefined
  const { pattern, flags } = node.regex as { pattern: string; flags: string } // as: of every literal of this kind
  return { pattern, flags }
}

function isConstructor(node: Node): boolean {
  const isCall = node.type === 'NewExpression' || node.type === 'CallExpression'
  return isCall && isNode(node.callee) && node.callee.type === 'Identifier' && node.callee.name === 'RegExp'
}

function textOf(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined
}

async function verdict(pattern: string, flags: string): Promise<string | undefined> {
  // A seed, so that it finds the same today and tomorrow.
  const found = await check(pattern, flags, { randomSeed: 1, timeout: 60_000 })
  if (found.status === 'safe') return undefined
  if (found.status === 'unknown') return `cannot be judged (${found.error.kind})`
  return `takes ${found.complexity.summary} time, as with ${found.attack.pattern.slice(0, 80)}`
}
